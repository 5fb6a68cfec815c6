using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>What kind of value moved.</summary>
internal enum MovementKind
{
    /// <summary>An ERC-20 Transfer log of a listed token.</summary>
    Token,

    /// <summary>The value of a top-level transaction that succeeded, or of a call inside one.</summary>
    Native,

    /// <summary>What the sender paid for gas, also when the transaction reverted.</summary>
    Gas,
}

/// <summary>One observed movement of a listed asset.</summary>
/// <param name="LogIndex">
/// The log's index in its block; -1 for the native value and -2 for the gas of a transaction, below that for the value of a call inside it.
/// </param>
/// <param name="Asset">Id in the asset registry.</param>
/// <param name="To">Nobody for gas.</param>
internal sealed record Movement(MovementKind Kind, int LogIndex, string Asset, Address From, Address? To, TokenAmount Amount)
{
    public const int NativeLogIndex = -1;
    public const int GasLogIndex = -2;

    /// <summary>The index of what a frame moved: frame 1, the first below the transaction's own, has -3.</summary>
    public static int LogIndexOfFrame(int frame) => GasLogIndex - frame;
}

/// <summary>A movement that touches one of our accounts became final.</summary>
/// <param name="Intent">The intent whose transaction moved it; nothing when it is not ours to explain.</param>
/// <param name="Call">The business call that caused it, when it is known.</param>
/// <param name="Label">What that call means to whoever asked for it.</param>
internal sealed record MovementConfirmed(
    ChainTransaction Transaction, Movement Movement, Guid? Intent, Guid? Call, CallLabel? Label = null) : IFactPayload
{
    public static string Type => "attribution.movement_confirmed";
}
