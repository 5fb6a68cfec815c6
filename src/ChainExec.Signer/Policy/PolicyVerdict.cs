namespace ChainExec.Signer.Policy;

/// <summary>Why the policy refuses.</summary>
/// <param name="Code"><c>unknown_function</c> when the calldata is not understood, else <c>policy_refused</c>.</param>
/// <param name="Rule">Short stable name of the rule.</param>
/// <param name="Message">A sentence for an operator.</param>
internal sealed record PolicyVerdict(string Code, string Rule, string Message);
