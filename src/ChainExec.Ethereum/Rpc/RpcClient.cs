using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// The JSON-RPC methods of one provider over HTTP. Every call is bounded in time and size and throws <see cref="RpcErrorException"/> (the
/// node
/// refused), <see cref="RpcUnavailableException"/> (unknown whether it acted) or <see cref="RpcProtocolException"/> (no answer to the
/// question).
/// Null means that the node says there is no such thing at present. Safe for use by several threads. It never retries: who calls knows
/// whether it may.
/// </summary>
public sealed class RpcClient
{
    private const int VersionMax = 256;
    private readonly RpcCaller _caller;

    /// <summary>
    /// A client of the provider called <paramref name="name"/> at <paramref name="endpoint"/>; the caller owns <paramref name="http"/>.
    /// </summary>
    public RpcClient(string name, Uri endpoint, HttpMessageInvoker http, RpcClientOptions options, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        Name = name;
        _caller = new RpcCaller(name, new RpcTransport(name, endpoint, http, options, time), options.BatchSizeMax);
    }

    /// <summary>The provider's name, as evidence and errors carry it.</summary>
    public string Name { get; }

    /// <summary>eth_chainId: the chain the node serves.</summary>
    public Task<ulong> ChainIdAsync(CancellationToken cancellationToken) =>
        _caller.ValueAsync("eth_chainId", [], result => RpcJson.UInt64(result, "chain id"), cancellationToken);

    /// <summary>web3_clientVersion: the node's software, in its own words of at most 256 characters.</summary>
    public async Task<string> ClientVersionAsync(CancellationToken cancellationToken)
    {
        string version = await _caller.ValueAsync("web3_clientVersion", [], result => RpcJson.Text(result, "version"), cancellationToken)
            .ConfigureAwait(false);
        return version.Length <= VersionMax ? version : version[..VersionMax];
    }

    /// <summary>eth_blockNumber: the height of the node's head.</summary>
    public Task<ulong> BlockNumberAsync(CancellationToken cancellationToken) =>
        _caller.ValueAsync("eth_blockNumber", [], result => RpcJson.UInt64(result, "number"), cancellationToken);

    /// <summary>
    /// eth_getBlockByHash or eth_getBlockByNumber; null when the node has no such block. The pending block has no hash and cannot be asked
    /// for.
    /// </summary>
    public async Task<RpcBlock?> GetBlockAsync(BlockTag tag, bool fullTransactions, CancellationToken cancellationToken)
    {
        if (tag == BlockTag.Pending)
        {
            throw new ArgumentException("The pending block has no hash.", nameof(tag));
        }

        RpcBlock? block = await _caller.MaybeAsync(
            tag.BlockHash is null ? "eth_getBlockByNumber" : "eth_getBlockByHash",
            [tag.ToString(), fullTransactions],
            result => RpcReader.Block(result, fullTransactions),
            cancellationToken).ConfigureAwait(false);
        bool asked = block is null || ((tag.BlockHash ?? block.Hash) == block.Hash && (tag.BlockNumber ?? block.Number) == block.Number);
        return asked ? block : throw Another("block");
    }

    /// <summary>eth_getBlockReceipts by hash: one receipt for each transaction, in order; null when the node has no such block.</summary>
    public async Task<IReadOnlyList<RpcReceipt>?> GetBlockReceiptsAsync(Hash32 blockHash, CancellationToken cancellationToken)
    {
        List<RpcReceipt>? receipts = await _caller.MaybeAsync(
            "eth_getBlockReceipts",
            [blockHash.ToString()],
            result => RpcJson.List(result, "receipts", RpcReader.Receipt),
            cancellationToken).ConfigureAwait(false);
        return receipts is null || receipts.TrueForAll(receipt => receipt.BlockHash == blockHash)
            ? receipts
            : throw Another("block's receipts");
    }

    /// <summary>eth_getTransactionReceipt; null when the node has the transaction in no block.</summary>
    public async Task<RpcReceipt?> GetTransactionReceiptAsync(Hash32 transactionHash, CancellationToken cancellationToken)
    {
        RpcReceipt? receipt = await _caller.MaybeAsync(
            "eth_getTransactionReceipt", [transactionHash.ToString()], RpcReader.Receipt, cancellationToken).ConfigureAwait(false);
        return receipt is null || receipt.TransactionHash == transactionHash ? receipt : throw Another("transaction's receipt");
    }

    /// <summary>eth_getTransactionByHash; null when the node does not know it, which does not mean that nobody does.</summary>
    public async Task<RpcTransaction?> GetTransactionAsync(Hash32 transactionHash, CancellationToken cancellationToken)
    {
        RpcTransaction? transaction = await _caller.MaybeAsync(
            "eth_getTransactionByHash", [transactionHash.ToString()], RpcReader.Transaction, cancellationToken).ConfigureAwait(false);
        return transaction is null || transaction.Hash == transactionHash ? transaction : throw Another("transaction");
    }

    /// <summary>eth_getTransactionCount: the next nonce of the account after that block.</summary>
    public Task<ulong> GetTransactionCountAsync(Address account, BlockTag block, CancellationToken cancellationToken) => _caller.ValueAsync(
        "eth_getTransactionCount", [account.ToHex(), block.ToParameter()], result => RpcJson.UInt64(result, "count"), cancellationToken);

    /// <summary>eth_getBalance: the account's wei after that block.</summary>
    public Task<UInt256> GetBalanceAsync(Address account, BlockTag block, CancellationToken cancellationToken) => _caller.ValueAsync(
        "eth_getBalance", [account.ToHex(), block.ToParameter()], result => RpcJson.Quantity(result, "balance"), cancellationToken);

    /// <summary>eth_getCode: the account's code after that block; empty for an account without.</summary>
    public Task<byte[]> GetCodeAsync(Address account, BlockTag block, CancellationToken cancellationToken) => _caller.ValueAsync(
        "eth_getCode", [account.ToHex(), block.ToParameter()], result => RpcJson.Bytes(result, "code"), cancellationToken);

    /// <summary>
    /// eth_call: what the call would return after that block. A revert is an <see cref="RpcErrorException"/> with the revert data.
    /// </summary>
    public Task<byte[]> CallAsync(CallRequest call, BlockTag block, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _caller.ValueAsync(
            "eth_call", [call.ToParameter(), block.ToParameter()], result => RpcJson.Bytes(result, "returned data"), cancellationToken);
    }

    /// <summary>
    /// eth_estimateGas: the gas limit the call needs on top of that block. A revert is an <see cref="RpcErrorException"/>.
    /// </summary>
    public Task<ulong> EstimateGasAsync(CallRequest call, BlockTag block, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _caller.ValueAsync(
            "eth_estimateGas", [call.ToParameter(), block.ToParameter()], result => RpcJson.UInt64(result, "gas"), cancellationToken);
    }

    /// <summary>
    /// eth_feeHistory of <paramref name="blockCount"/> blocks up to <paramref name="newest"/>, with rewards at rising percentiles 0 to 100.
    /// </summary>
    public Task<RpcFeeHistory> FeeHistoryAsync(
        int blockCount, BlockTag newest, IReadOnlyList<int> percentiles, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCount, 1);
        ArgumentNullException.ThrowIfNull(percentiles);
        var asked = new JsonArray([.. percentiles.Select(percentile => (JsonNode)percentile)]);
        return _caller.ValueAsync(
            "eth_feeHistory", [Hex.EncodeQuantity((ulong)blockCount), newest.ToString(), asked], RpcReader.FeeHistory, cancellationToken);
    }

    /// <summary>eth_maxPriorityFeePerGas: the node's suggestion, in wei per gas.</summary>
    public Task<UInt256> MaxPriorityFeePerGasAsync(CancellationToken cancellationToken) =>
        _caller.ValueAsync("eth_maxPriorityFeePerGas", [], result => RpcJson.Quantity(result, "fee"), cancellationToken);

    /// <summary>
    /// eth_sendRawTransaction: the transaction's hash, which is checked against the bytes. After any exception the transaction may have
    /// been taken,
    /// except where <see cref="RpcErrorException.Classification"/> says why it was not.
    /// </summary>
    public async Task<Hash32> SendRawTransactionAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        Hash32 hash = await _caller.ValueAsync(
            "eth_sendRawTransaction",
            [Hex.Encode(raw.Span)],
            result => RpcJson.Hash(result, "transaction hash"),
            cancellationToken).ConfigureAwait(false);
        return hash == Keccak256.Hash(raw.Span) ? hash : throw Another("transaction's hash");
    }

    /// <summary>eth_getLogs.</summary>
    public async Task<IReadOnlyList<RpcLog>> GetLogsAsync(RpcLogFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return await _caller.ValueAsync(
            "eth_getLogs", [filter.ToParameter()], result => RpcJson.List(result, "logs", RpcReader.Log), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Any method; answers its result, which may be JSON null.</summary>
    public Task<JsonElement> RawAsync(string method, JsonArray parameters, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(parameters);
        return _caller.CallAsync(method, parameters, result => result.Clone(), cancellationToken);
    }

    /// <summary>Sends the calls in one request; the answers are in the order of the calls, whatever the node's order was.</summary>
    /// <exception cref="ArgumentException">There are no calls or more than <see cref="RpcClientOptions.BatchSizeMax"/>.</exception>
    public Task<IReadOnlyList<RpcBatchAnswer>> BatchAsync(IReadOnlyList<RpcRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return _caller.BatchAsync(requests, cancellationToken);
    }

    private RpcProtocolException Another(string what) => new(Name, $"the node answered another {what} than the one asked for");
}
