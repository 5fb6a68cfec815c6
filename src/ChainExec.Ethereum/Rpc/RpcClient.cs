using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Traces;
using ChainExec.Ethereum.Transactions;

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
    private const int BatchSizeStep = 4;
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
        _caller = new RpcCaller(new RpcTransport(name, endpoint, http, time), new RpcErrorSource(name, options.NodeSoftware), options);
        BatchLimit = new LearnedLimit(options.BatchSizeMax, BatchSizeStep, time);
    }

    /// <summary>A client that asks over a WebSocket, which the caller owns.</summary>
    public RpcClient(RpcWebSocket socket, RpcClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(options);
        _caller = new RpcCaller(socket, new RpcErrorSource(socket.Name, options.NodeSoftware), options);
        BatchLimit = new LearnedLimit(options.BatchSizeMax, BatchSizeStep, socket.Time);
    }

    private RpcClient(RpcCaller caller, LearnedLimit batchLimit)
    {
        _caller = caller;
        BatchLimit = batchLimit;
    }

    /// <summary>The provider's name, as evidence and errors carry it.</summary>
    public string Name => _caller.Provider;

    /// <summary>The bounds of each call.</summary>
    public RpcClientOptions Options => _caller.Options;

    /// <summary>How many of this provider's errors matched no row of the catalogue since the client was made.</summary>
    public long UnmatchedErrors => _caller.UnmatchedErrors;

    /// <summary>How many calls <see cref="BatchAllAsync"/> sends in one batch; it learns what the provider takes.</summary>
    public int BatchSize => BatchLimit.Current;

    /// <summary>The learned size of batches.</summary>
    internal LearnedLimit BatchLimit { get; }

    /// <summary>
    /// The same provider over the same connection with other bounds, for calls that may take longer or answer more than the rest.
    /// </summary>
    public RpcClient With(RpcClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RpcClient(_caller.With(options), BatchLimit);
    }

    /// <summary>eth_chainId: the chain the node serves.</summary>
    public Task<ulong> ChainIdAsync(CancellationToken cancellationToken) =>
        _caller.ValueAsync("eth_chainId", [], UInt64, cancellationToken);

    /// <summary>web3_clientVersion: the node's software, in its own words of at most 256 characters.</summary>
    public async Task<string> ClientVersionAsync(CancellationToken cancellationToken)
    {
        string version = await _caller.ValueAsync("web3_clientVersion", [], Text, cancellationToken)
            .ConfigureAwait(false);
        return version.Length <= VersionMax ? version : version[..VersionMax];
    }

    /// <summary>eth_blockNumber: the height of the node's head.</summary>
    public Task<ulong> BlockNumberAsync(CancellationToken cancellationToken) =>
        _caller.ValueAsync("eth_blockNumber", [], UInt64, cancellationToken);

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

        RpcBlock? block = await _caller.MaybeAsync<RpcBlock>(
            tag.BlockHash is null ? "eth_getBlockByNumber" : "eth_getBlockByHash",
            [tag.ToString(), fullTransactions],
            fullTransactions ? RpcReader.FullBlock : RpcReader.BlockOfHashes,
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
            Receipts,
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

    /// <summary>
    /// The authorizations (EIP-7702) of eth_getTransactionByHash, in order: empty when there are none; null when the node does not know the
    /// transaction.
    /// </summary>
    public async Task<IReadOnlyList<SignedAuthorization>?> GetAuthorizationsAsync(
        Hash32 transactionHash, CancellationToken cancellationToken)
    {
        RpcAuthorizations? found = await _caller.MaybeAsync(
            "eth_getTransactionByHash", [transactionHash.ToString()], RpcReader.Authorizations, cancellationToken).ConfigureAwait(false);
        return found is null || found.TransactionHash == transactionHash ? found?.List : throw Another("transaction");
    }

    /// <summary>eth_getTransactionCount: the next nonce of the account after that block.</summary>
    public Task<ulong> GetTransactionCountAsync(Address account, BlockTag block, CancellationToken cancellationToken) => _caller.ValueAsync(
        "eth_getTransactionCount", [account.ToHex(), block.ToParameter()], UInt64, cancellationToken);

    /// <summary>eth_getBalance: the account's wei after that block.</summary>
    public Task<UInt256> GetBalanceAsync(Address account, BlockTag block, CancellationToken cancellationToken) => _caller.ValueAsync(
        "eth_getBalance", [account.ToHex(), block.ToParameter()], Quantity, cancellationToken);

    /// <summary>eth_getCode: the account's code after that block; empty for an account without.</summary>
    public Task<byte[]> GetCodeAsync(Address account, BlockTag block, CancellationToken cancellationToken) => _caller.ValueAsync(
        "eth_getCode", [account.ToHex(), block.ToParameter()], Bytes, cancellationToken);

    /// <summary>
    /// eth_call: what the call would return after that block. A revert is an <see cref="RpcErrorException"/> with the revert data.
    /// </summary>
    public Task<byte[]> CallAsync(CallRequest call, BlockTag block, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _caller.ValueAsync(
            "eth_call", [call.ToParameter(), block.ToParameter()], Bytes, cancellationToken);
    }

    /// <summary>
    /// eth_estimateGas: the gas limit the call needs on top of that block. A revert is an <see cref="RpcErrorException"/>.
    /// </summary>
    public Task<ulong> EstimateGasAsync(CallRequest call, BlockTag block, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _caller.ValueAsync(
            "eth_estimateGas", [call.ToParameter(), block.ToParameter()], UInt64, cancellationToken);
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
        _caller.ValueAsync("eth_maxPriorityFeePerGas", [], Quantity, cancellationToken);

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
            Hash,
            cancellationToken).ConfigureAwait(false);
        return hash == Keccak256.Hash(raw.Span) ? hash : throw Another("transaction's hash");
    }

    /// <summary>eth_getLogs.</summary>
    public async Task<IReadOnlyList<RpcLog>> GetLogsAsync(RpcLogFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return await _caller.ValueAsync(
            "eth_getLogs", [filter.ToParameter()], Logs, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// debug_traceTransaction by callTracer with logs: the root frame of a mined transaction. A node without the transaction, or without
    /// the state to run it again, answers an error or nonsense; both are exceptions and mean nothing for the transaction.
    /// </summary>
    public Task<CallFrame> TraceTransactionAsync(Hash32 transactionHash, CancellationToken cancellationToken) => _caller.ValueAsync(
        "debug_traceTransaction", [transactionHash.ToString(), CallTracer()], CallTraceReader.Root, cancellationToken);

    /// <summary>debug_traceBlockByHash by callTracer with logs: one item for each transaction, in order.</summary>
    public async Task<IReadOnlyList<TransactionTrace>> TraceBlockAsync(Hash32 blockHash, CancellationToken cancellationToken) =>
        await _caller.ValueAsync(
            "debug_traceBlockByHash",
            [blockHash.ToString(), CallTracer()],
            (ref Utf8JsonReader reader) => RpcScalar.List(ref reader, RpcField.Result, CallTraceReader.Item),
            cancellationToken).ConfigureAwait(false);

    /// <summary>Any method; answers its result, which may be JSON null.</summary>
    public Task<JsonElement> RawAsync(string method, JsonArray parameters, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(parameters);
        return _caller.ElementAsync(method, parameters, cancellationToken);
    }

    /// <summary>Sends the calls in one request; the answers are in the order of the calls, whatever the node's order was.</summary>
    /// <exception cref="ArgumentException">There are no calls or more than <see cref="RpcClientOptions.BatchSizeMax"/>.</exception>
    public Task<IReadOnlyList<RpcBatchAnswer>> BatchAsync(IReadOnlyList<RpcRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return ShownAsync(_caller.BatchAsync(requests, RpcCaller.Element, cancellationToken));
    }

    /// <summary>
    /// Sends any number of calls in as many batches as the provider needs; the answers are in the order of the calls. A batch that is
    /// refused as a whole is halved and sent again, so the calls must be such as may be repeated; the size that was taken is remembered.
    /// </summary>
    public Task<IReadOnlyList<RpcBatchAnswer>> BatchAllAsync(IReadOnlyList<RpcRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return ShownAsync(new RpcBatcher(_caller, BatchLimit).SendAsync(requests, RpcCaller.Element, cancellationToken));
    }

    /// <summary>
    /// Many blocks by hash or number, in as many batches as the provider needs; null where the node has no such block.
    /// </summary>
    /// <exception cref="RpcException">One of them could not be read: nothing is answered by halves.</exception>
    public async Task<IReadOnlyList<RpcBlock?>> GetBlocksAsync(
        IReadOnlyList<BlockTag> tags, bool fullTransactions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        IReadOnlyList<RpcBlock?> blocks = await ManyAsync<RpcBlock>(
            [.. tags.Select(tag => new RpcRequest(
                tag.BlockHash is null ? "eth_getBlockByNumber" : "eth_getBlockByHash", [tag.ToString(), fullTransactions]))],
            fullTransactions ? RpcReader.FullBlock : RpcReader.BlockOfHashes,
            cancellationToken).ConfigureAwait(false);
        for (int index = 0; index < tags.Count; index++)
        {
            if (blocks[index] is { } block
                && ((tags[index].BlockHash ?? block.Hash) != block.Hash || (tags[index].BlockNumber ?? block.Number) != block.Number))
            {
                throw Another("block");
            }
        }

        return blocks;
    }

    /// <summary>The receipts of many blocks by hash, each one's in order; null where the node has no such block.</summary>
    /// <exception cref="RpcException">Those of one of them could not be read: nothing is answered by halves.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<RpcReceipt>?>> GetBlockReceiptsAsync(
        IReadOnlyList<Hash32> blockHashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blockHashes);
        IReadOnlyList<List<RpcReceipt>?> answers = await ManyAsync<List<RpcReceipt>>(
            [.. blockHashes.Select(hash => new RpcRequest("eth_getBlockReceipts", [hash.ToString()]))], Receipts, cancellationToken)
            .ConfigureAwait(false);
        for (int index = 0; index < answers.Count; index++)
        {
            Hash32 asked = blockHashes[index];
            if (answers[index]?.TrueForAll(receipt => receipt.BlockHash == asked) == false)
            {
                throw Another("block's receipts");
            }
        }

        return answers;
    }

    private async Task<IReadOnlyList<T?>> ManyAsync<T>(
        IReadOnlyList<RpcRequest> requests, RpcRead<T> read, CancellationToken cancellationToken)
        where T : class
    {
        IReadOnlyList<RpcAnswer<T>> answers = await new RpcBatcher(_caller, BatchLimit).SendAsync(requests, read, cancellationToken)
            .ConfigureAwait(false);
        return [.. answers.Select(answer => answer.Error is { } error ? throw error : answer.Value)];
    }

    private static async Task<IReadOnlyList<RpcBatchAnswer>> ShownAsync(Task<IReadOnlyList<RpcAnswer<JsonElement>>> answers) =>
        [.. (await answers.ConfigureAwait(false)).Select(RpcBatchAnswer.Of)];

    private static JsonObject CallTracer() =>
        new() { ["tracer"] = "callTracer", ["tracerConfig"] = new JsonObject { ["withLog"] = true } };

    private static ulong UInt64(ref Utf8JsonReader reader) => RpcScalar.UInt64(ref reader, RpcField.Result);

    private static UInt256 Quantity(ref Utf8JsonReader reader) => RpcScalar.Quantity(ref reader, RpcField.Result);

    private static byte[] Bytes(ref Utf8JsonReader reader) => RpcScalar.Bytes(ref reader, RpcField.Result);

    private static Hash32 Hash(ref Utf8JsonReader reader) => RpcScalar.Hash(ref reader, RpcField.Result);

    private static string Text(ref Utf8JsonReader reader) => RpcScalar.Text(ref reader, RpcField.Result);

    private static List<RpcLog> Logs(ref Utf8JsonReader reader) => RpcScalar.List(ref reader, RpcField.Result, RpcReader.Log);

    private static List<RpcReceipt> Receipts(ref Utf8JsonReader reader) =>
        RpcScalar.List(ref reader, RpcField.Result, RpcReader.Receipt);

    private RpcProtocolException Another(string what) => RpcProtocolException.OfAnother(Name, what);
}
