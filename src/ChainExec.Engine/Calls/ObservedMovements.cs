using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
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
    public static readonly Hash32 TransferTopic = AbiEvent.Parse(
        "event Transfer(address indexed from, address indexed to, uint256 value)").Topic0;

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
            var gas = new TokenAmount(transaction.GasUsed.BaseUnits * transaction.EffectiveGasPrice.BaseUnits);
            if (!gas.IsZero)
                movements.Add(new Movement(MovementKind.Gas, Movement.GasLogIndex, native.Id, transaction.From, To: null, gas));
        }

        return movements;
    }

    /// <summary>The arguments of an ERC-20 Transfer log, or nothing when it is not one.</summary>
    public static (Address From, Address To, TokenAmount Amount)? TransferOf(ObservedLog log)
    {
        if (log.Topics.Count != 3 || log.Topics[0] != TransferTopic || log.Data.Length != 32)
            return null;
        if (!TryAddress(log.Topics[1], out Address from) || !TryAddress(log.Topics[2], out Address to))
            return null;
        return (from, to, TokenAmount.From(UInt256.ReadBigEndian(log.Data.Span)));
    }

    private static bool TryAddress(Hash32 topic, out Address address)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        topic.CopyTo(word);
        address = Address.FromBytes(word[12..]);
        return !word[..12].ContainsAnyExcept((byte)0);
    }
}
