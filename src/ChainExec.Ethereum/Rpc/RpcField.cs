using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>The members that we read of any JSON-RPC object, so that one look-up by length serves them all. At most 128.</summary>
internal enum RpcField
{
    /// <summary>A member that nobody reads.</summary>
    Unknown,

    AccessList,
    Address,
    AuthorizationList,
    BaseFeePerGas,
    BlobGasUsed,
    BlobVersionedHashes,
    BlockHash,
    BlockNumber,
    Calls,
    ChainId,
    ContractAddress,
    DaFootprintGasScalar,
    Data,
    Difficulty,
    EffectiveGasPrice,
    Error,
    ExcessBlobGas,
    ExtraData,
    From,
    Gas,
    GasLimit,
    GasPrice,
    GasUsed,
    GasUsedRatio,
    Hash,
    Id,
    Input,
    L1Fee,
    LogIndex,
    Logs,
    LogsBloom,
    MaxFeePerBlobGas,
    MaxFeePerGas,
    MaxPriorityFeePerGas,
    Miner,
    MixHash,
    Nonce,
    Number,
    OldestBlock,
    OperatorFeeConstant,
    OperatorFeeScalar,
    Output,
    ParentBeaconBlockRoot,
    ParentHash,
    Params,
    Position,
    R,
    ReceiptsRoot,
    Removed,
    RequestsHash,
    Result,
    RevertReason,
    Reward,
    S,
    Sha3Uncles,
    StateRoot,
    Status,
    StorageKeys,
    Subscription,
    Timestamp,
    To,
    Topics,
    TransactionHash,
    TransactionIndex,
    Transactions,
    TransactionsRoot,
    TxHash,
    Type,
    V,
    Value,
    WithdrawalsRoot,
    YParity,
}

/// <summary>Finds a member by its name.</summary>
internal static class RpcFieldNames
{
    /// <summary>The member at which the reader stands; a name that is escaped is nobody's.</summary>
    internal static RpcField Of(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> name = reader.ValueSpan;
        return name.Length <= 7 ? OfShort(name) : OfLong(name);
    }

    /// <summary>The name as JSON has it.</summary>
    internal static string TextOf(RpcField field)
    {
        string name = field.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static RpcField OfShort(ReadOnlySpan<byte> name) => name.Length switch
    {
        1 when name.SequenceEqual("r"u8) => RpcField.R,
        1 when name.SequenceEqual("s"u8) => RpcField.S,
        1 when name.SequenceEqual("v"u8) => RpcField.V,
        2 when name.SequenceEqual("to"u8) => RpcField.To,
        2 when name.SequenceEqual("id"u8) => RpcField.Id,
        3 when name.SequenceEqual("gas"u8) => RpcField.Gas,
        4 when name.SequenceEqual("data"u8) => RpcField.Data,
        4 when name.SequenceEqual("from"u8) => RpcField.From,
        4 when name.SequenceEqual("hash"u8) => RpcField.Hash,
        4 when name.SequenceEqual("type"u8) => RpcField.Type,
        4 when name.SequenceEqual("logs"u8) => RpcField.Logs,
        5 when name.SequenceEqual("value"u8) => RpcField.Value,
        5 when name.SequenceEqual("nonce"u8) => RpcField.Nonce,
        5 when name.SequenceEqual("input"u8) => RpcField.Input,
        5 when name.SequenceEqual("calls"u8) => RpcField.Calls,
        5 when name.SequenceEqual("error"u8) => RpcField.Error,
        5 when name.SequenceEqual("l1Fee"u8) => RpcField.L1Fee,
        5 when name.SequenceEqual("miner"u8) => RpcField.Miner,
        6 when name.SequenceEqual("topics"u8) => RpcField.Topics,
        6 when name.SequenceEqual("status"u8) => RpcField.Status,
        6 when name.SequenceEqual("number"u8) => RpcField.Number,
        6 when name.SequenceEqual("result"u8) => RpcField.Result,
        6 when name.SequenceEqual("output"u8) => RpcField.Output,
        6 when name.SequenceEqual("txHash"u8) => RpcField.TxHash,
        6 when name.SequenceEqual("params"u8) => RpcField.Params,
        6 when name.SequenceEqual("reward"u8) => RpcField.Reward,
        7 when name.SequenceEqual("address"u8) => RpcField.Address,
        7 when name.SequenceEqual("gasUsed"u8) => RpcField.GasUsed,
        7 when name.SequenceEqual("removed"u8) => RpcField.Removed,
        7 when name.SequenceEqual("chainId"u8) => RpcField.ChainId,
        7 when name.SequenceEqual("yParity"u8) => RpcField.YParity,
        7 when name.SequenceEqual("mixHash"u8) => RpcField.MixHash,
        _ => RpcField.Unknown,
    };

    private static RpcField OfLong(ReadOnlySpan<byte> name) => name.Length switch
    {
        8 when name.SequenceEqual("logIndex"u8) => RpcField.LogIndex,
        8 when name.SequenceEqual("gasPrice"u8) => RpcField.GasPrice,
        8 when name.SequenceEqual("gasLimit"u8) => RpcField.GasLimit,
        8 when name.SequenceEqual("position"u8) => RpcField.Position,
        9 when name.SequenceEqual("blockHash"u8) => RpcField.BlockHash,
        9 when name.SequenceEqual("logsBloom"u8) => RpcField.LogsBloom,
        9 when name.SequenceEqual("timestamp"u8) => RpcField.Timestamp,
        9 when name.SequenceEqual("stateRoot"u8) => RpcField.StateRoot,
        9 when name.SequenceEqual("extraData"u8) => RpcField.ExtraData,
        10 when name.SequenceEqual("parentHash"u8) => RpcField.ParentHash,
        10 when name.SequenceEqual("sha3Uncles"u8) => RpcField.Sha3Uncles,
        10 when name.SequenceEqual("difficulty"u8) => RpcField.Difficulty,
        10 when name.SequenceEqual("accessList"u8) => RpcField.AccessList,
        11 when name.SequenceEqual("blockNumber"u8) => RpcField.BlockNumber,
        11 when name.SequenceEqual("oldestBlock"u8) => RpcField.OldestBlock,
        11 when name.SequenceEqual("blobGasUsed"u8) => RpcField.BlobGasUsed,
        11 when name.SequenceEqual("storageKeys"u8) => RpcField.StorageKeys,
        12 when name.SequenceEqual("maxFeePerGas"u8) => RpcField.MaxFeePerGas,
        12 when name.SequenceEqual("transactions"u8) => RpcField.Transactions,
        12 when name.SequenceEqual("receiptsRoot"u8) => RpcField.ReceiptsRoot,
        12 when name.SequenceEqual("gasUsedRatio"u8) => RpcField.GasUsedRatio,
        12 when name.SequenceEqual("subscription"u8) => RpcField.Subscription,
        12 when name.SequenceEqual("revertReason"u8) => RpcField.RevertReason,
        12 when name.SequenceEqual("requestsHash"u8) => RpcField.RequestsHash,
        13 when name.SequenceEqual("baseFeePerGas"u8) => RpcField.BaseFeePerGas,
        13 when name.SequenceEqual("excessBlobGas"u8) => RpcField.ExcessBlobGas,
        15 when name.SequenceEqual("transactionHash"u8) => RpcField.TransactionHash,
        15 when name.SequenceEqual("contractAddress"u8) => RpcField.ContractAddress,
        15 when name.SequenceEqual("withdrawalsRoot"u8) => RpcField.WithdrawalsRoot,
        16 when name.SequenceEqual("transactionIndex"u8) => RpcField.TransactionIndex,
        16 when name.SequenceEqual("transactionsRoot"u8) => RpcField.TransactionsRoot,
        16 when name.SequenceEqual("maxFeePerBlobGas"u8) => RpcField.MaxFeePerBlobGas,
        17 when name.SequenceEqual("operatorFeeScalar"u8) => RpcField.OperatorFeeScalar,
        17 when name.SequenceEqual("authorizationList"u8) => RpcField.AuthorizationList,
        17 when name.SequenceEqual("effectiveGasPrice"u8) => RpcField.EffectiveGasPrice,
        19 when name.SequenceEqual("operatorFeeConstant"u8) => RpcField.OperatorFeeConstant,
        19 when name.SequenceEqual("blobVersionedHashes"u8) => RpcField.BlobVersionedHashes,
        20 when name.SequenceEqual("maxPriorityFeePerGas"u8) => RpcField.MaxPriorityFeePerGas,
        20 when name.SequenceEqual("daFootprintGasScalar"u8) => RpcField.DaFootprintGasScalar,
        21 when name.SequenceEqual("parentBeaconBlockRoot"u8) => RpcField.ParentBeaconBlockRoot,
        _ => RpcField.Unknown,
    };
}
