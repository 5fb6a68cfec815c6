using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>What the account of an intent sends for it: its one call, or a call to itself with all of them.</summary>
/// <param name="Calls">How many calls of the intent it carries.</param>
internal sealed record Outgoing(
    Address To, TokenAmount Value, ReadOnlyMemory<byte> Data, IReadOnlyList<ExpectedMovement> Expected, int Calls)
{
    /// <summary>Whether the account has to be delegated for it.</summary>
    public bool IsBatch => Calls > 1;

    public static Outgoing Of(Address sender, IReadOnlyList<BlockchainCall> made) => made is [var only]
        ? new Outgoing(only.To, only.Value, only.Data, only.Expected, Calls: 1)
        : new Outgoing(
            sender, TokenAmount.Zero, BatchCall.Encode(made),
            [.. made.SelectMany(call => call.Expected)], made.Count);
}
