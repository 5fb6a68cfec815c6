using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>An intent moved. The fact's type is <c>execution.intent_</c> and the state it moved to; the key is the root intent.</summary>
/// <param name="Reason">A stable code: why it moved, when there is something to say.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Movements">
/// For a settled intent: what its transaction took from our accounts, as seen at finality and never as expected.
/// </param>
internal sealed record IntentFact(
    Guid Intent,
    Guid Root,
    string State,
    string? Reason,
    string? Detail,
    long Chain,
    Address Account,
    string? ClientReference,
    Guid? Hold,
    ChainTransaction? Transaction,
    IReadOnlyList<Movement>? Movements)
{
    public const string TypePrefix = "execution.intent_";

    public static string KeyOf(Guid root) => $"intent:{root:n}";
}
