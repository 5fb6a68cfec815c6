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
/// <param name="Head">The provider's head when it answered, if it said.</param>
internal sealed record SendAnswer(string Provider, NodeState State, string Class, string Text, long? Head);
