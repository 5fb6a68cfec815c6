namespace ChainExec.Execution;

/// <summary>What is known of our bytes at one provider.</summary>
internal enum NodeState
{
    Unknown,
    Accepted,
    Refused,
}

/// <summary>One provider's answer to one send.</summary>
/// <param name="Class">The class of the answer, from the toolkit's catalogue.</param>
/// <param name="Text">The answer's wording, bounded.</param>
/// <param name="IsAnswer">Whether it answered what was asked, believed or not: with the hash of the bytes, or with a node's error.</param>
internal sealed record SendAnswer(string Provider, NodeState State, string Class, string Text, bool IsAnswer = true);
