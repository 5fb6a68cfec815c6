using ChainExec.Calls.Abis;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Calls;

/// <summary>A log as the index keeps it.</summary>
internal sealed record ObservedLog(int LogIndex, Address Emitter, IReadOnlyList<Hash32> Topics, ReadOnlyMemory<byte> Data);

/// <summary>
/// What a transaction really moved: the one derivation that judges intents and books movements. Pure. A log that only looks like a
/// transfer (ERC-721 indexes a third argument, some contracts write short data) is passed over, never an exception.
/// </summary>
internal static class ObservedMovements
{
    /// <summary>keccak("Transfer(address,address,uint256)").</summary>
    public static readonly Hash32 TransferTopic = Erc20.TransferEvent.Topic0;

    // The event has one word of data. The decoder accepts bytes behind it, as contracts do; money is booked for what is exactly a transfer.
    private const int TransferDataSize = 32;

    public static IReadOnlyList<Movement> Of(ChainTransaction transaction, IReadOnlyList<ObservedLog> logs, AssetSnapshot assets)
    {
        var movements = new List<Movement>();
        foreach (ObservedLog log in logs)
        {
            // A transfer of nothing moves nothing, and anybody can make one that names our addresses.
            if (assets.Token(log.Emitter) is { } token && TransferOf(log) is { } transfer && !transfer.Amount.IsZero)
                movements.Add(new Movement(MovementKind.Token, log.LogIndex, token.Id, transfer.From, transfer.To, transfer.Amount));
        }

        if (assets.Native is { } native)
        {
            if (transaction is { Succeeded: true, To: { } to } && !transaction.Value.IsZero)
                movements.Add(
                    new Movement(MovementKind.Native, Movement.NativeLogIndex, native.Id, transaction.From, to, transaction.Value));
            TokenAmount gas = transaction.Fee();
            if (!gas.IsZero)
                movements.Add(new Movement(MovementKind.Gas, Movement.GasLogIndex, native.Id, transaction.From, To: null, gas));
        }

        return movements;
    }

    /// <summary>The arguments of an ERC-20 Transfer log, or nothing when it is not one.</summary>
    public static (Address From, Address To, TokenAmount Amount)? TransferOf(ObservedLog log) =>
        TryDecode(log, out Erc20.TransferEvent transfer) ? (transfer.From, transfer.To, TokenAmount.From(transfer.Value)) : null;

    /// <summary>Between whom an ERC-20 Transfer log says that something moved, or nothing when it is not one.</summary>
    public static (Address From, Address To)? PartiesOf(ObservedLog log) =>
        TryDecode(log, out Erc20.TransferEvent transfer) ? (transfer.From, transfer.To) : null;

    private static bool TryDecode(ObservedLog log, out Erc20.TransferEvent transfer)
    {
        transfer = default;
        if (log.Topics.Count != 3 || log.Data.Length != TransferDataSize)
            return false;

        ReadOnlySpan<Hash32> topics = [log.Topics[0], log.Topics[1], log.Topics[2]];
        return Erc20.TransferEvent.TryDecode(topics, log.Data.Span, out transfer);
    }
}
