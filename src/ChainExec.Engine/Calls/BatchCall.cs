using ChainExec.Calls.Abis;
using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>What one call does, apart from who makes it.</summary>
/// <param name="Value">Native coin sent with it, in wei.</param>
internal sealed record CallBody(Address To, TokenAmount Value, ReadOnlyMemory<byte> Data);

/// <summary>
/// Several calls as one call of an account to itself: <c>executeBatch</c> of the accounts of ERC-4337 v0.8, to which an account is
/// delegated by EIP-7702. All of its calls happen, or none.
/// </summary>
internal static class BatchCall
{
    /// <summary>Calls of one batch at most; the signer has the same bound.</summary>
    public const int CallsMax = 100;

    /// <summary>The calldata with which the account calls itself.</summary>
    public static byte[] Encode(IEnumerable<BlockchainCall> calls) =>
        new BatchAccount.ExecuteBatchCall(
            [.. calls.Select(call => new BatchAccount.CallTuple(call.To, call.Value.ToUInt256(), call.Data))]).Encode();

    /// <summary>The calls, in order; nothing when the calldata is anything but the one encoding of a batch.</summary>
    public static IReadOnlyList<CallBody>? Decode(ReadOnlySpan<byte> data) =>
        BatchAccount.ExecuteBatchCall.TryDecode(data, out BatchAccount.ExecuteBatchCall batch)
            ? [.. batch.Calls.Select(call => new CallBody(call.Target, TokenAmount.From(call.Value), call.Data))]
            : null;
}
