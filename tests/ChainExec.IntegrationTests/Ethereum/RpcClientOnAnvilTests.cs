using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>The RPC client and the error catalogue against a real node's answers and words.</summary>
public sealed class RpcClientOnAnvilTests : IAsyncLifetime
{
    private static readonly AbiFunction Transfer = AbiFunction.Parse("function transfer(address to, uint256 amount) returns (bool)");
    private static readonly AbiFunction BalanceOf = AbiFunction.Parse("function balanceOf(address owner) view returns (uint256)");
    private static readonly AbiEvent Transferred =
        AbiEvent.Parse("event Transfer(address indexed from, address indexed to, uint256 value)");
    private static readonly Address Recipient = Address.Parse("0x00000000000000000000000000000000000a11ce");

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private readonly PrivateKey _key = PrivateKey.Generate();
    private AnvilNode _node = null!;
    private RpcClient _rpc = null!;
    private Address _token;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        _rpc = new RpcClient("anvil", _node.HttpUri, _http, new RpcClientOptions(), TimeProvider.System);
        TestTokens tokens = await _node.DeployTokensAsync(Token);
        _token = Address.Parse(tokens.Tusd);
        await _node.FundAsync(_key.Address.ToString(), 1_000_000_000_000_000_000, Token);
        await _node.MintAsync(tokens.Tusd, _key.Address.ToString(), 1_000, Token);
    }

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        _http.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Signed_transfer_is_mined_and_read_back_in_every_form()
    {
        byte[] raw = await SignTransferAsync(nonce: 0, amount: 400);
        Hash32 hash = await _rpc.SendRawTransactionAsync(raw, Token);
        Assert.Null(await _rpc.GetTransactionReceiptAsync(hash, Token));
        Assert.Equal(1UL, await _rpc.GetTransactionCountAsync(_key.Address, BlockTag.Pending, Token));
        await _node.MineAsync(1, Token);

        RpcReceipt receipt = (await _rpc.GetTransactionReceiptAsync(hash, Token))!;
        Assert.True(receipt.Status);
        RpcLog log = Assert.Single(receipt.Logs);
        Assert.Equal(_token, log.Address);
        Assert.Equal([_key.Address, Recipient, (UInt256)400], Transferred.Decode(log.Topics, log.Data.Span));

        RpcBlock byHash = (await _rpc.GetBlockAsync(receipt.BlockHash, fullTransactions: true, Token))!;
        RpcBlock byNumber = (await _rpc.GetBlockAsync(receipt.BlockNumber, fullTransactions: false, Token))!;
        Assert.Equal([hash], byNumber.TransactionHashes);
        Assert.Null(byNumber.Transactions);
        RpcTransaction transaction = Assert.Single(byHash.Transactions!);
        Assert.Equal((_key.Address, 0UL, 2), (transaction.From, transaction.Nonce, transaction.Type));
        Assert.Equal(hash, (await _rpc.GetTransactionAsync(hash, Token))!.Hash);

        IReadOnlyList<RpcReceipt> receipts = (await _rpc.GetBlockReceiptsAsync(receipt.BlockHash, Token))!;
        Assert.Equal([hash], receipts.Select(item => item.TransactionHash));
        IReadOnlyList<RpcLog> logs = await _rpc.GetLogsAsync(new RpcLogFilter { BlockHash = receipt.BlockHash }, Token);
        Assert.Equal(hash, Assert.Single(logs).TransactionHash);

        byte[] balance = await _rpc.CallAsync(
            new CallRequest { To = _token, Data = BalanceOf.EncodeCall(Recipient) }, receipt.BlockHash, Token);
        Assert.Equal([(UInt256)400], BalanceOf.DecodeResult(balance));
    }

    [Fact]
    public async Task Node_says_who_it_is_and_what_gas_costs()
    {
        Assert.Equal(31337UL, await _rpc.ChainIdAsync(Token));
        Assert.StartsWith("anvil", await _rpc.ClientVersionAsync(Token), StringComparison.Ordinal);
        Assert.NotEmpty(await _rpc.GetCodeAsync(_token, BlockTag.Latest, Token));
        Assert.Equal("1000000000000000000", (await _rpc.GetBalanceAsync(_key.Address, BlockTag.Latest, Token)).ToString());
        RpcFeeHistory fees = await _rpc.FeeHistoryAsync(2, BlockTag.Latest, [10, 50], Token);
        Assert.Equal((3, 2, 2), (fees.BaseFeePerGas.Count, fees.Reward.Count, fees.Reward[0].Count));
        Assert.False((await _rpc.MaxPriorityFeePerGasAsync(Token)).IsZero);
    }

    [Fact]
    public async Task Unknown_things_are_null()
    {
        Hash32 nothing = Keccak256.Hash("nothing"u8);
        Assert.Null(await _rpc.GetBlockAsync(nothing, fullTransactions: true, Token));
        Assert.Null(await _rpc.GetBlockAsync(1_000_000UL, fullTransactions: true, Token));
        Assert.Null(await _rpc.GetBlockReceiptsAsync(nothing, Token));
        Assert.Null(await _rpc.GetTransactionReceiptAsync(nothing, Token));
        Assert.Null(await _rpc.GetTransactionAsync(nothing, Token));
    }

    [Fact]
    public async Task Revert_carries_data_that_names_the_reason()
    {
        var call = new CallRequest { From = _key.Address, To = _token, Data = Transfer.EncodeCall(Recipient, 1_001UL) };
        RpcErrorException fromCall = await Assert.ThrowsAsync<RpcErrorException>(() => _rpc.CallAsync(call, BlockTag.Latest, Token));
        RpcErrorException fromEstimate = await Assert.ThrowsAsync<RpcErrorException>(
            () => _rpc.EstimateGasAsync(call, BlockTag.Latest, Token));
        Assert.Equal(RpcErrorClass.Reverted, fromCall.Classification.Class);
        Assert.Equal(RpcErrorClass.Reverted, fromEstimate.Classification.Class);
        AbiError known = AbiError.Parse("error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)");
        RevertReason reason = RevertReason.Decode(fromCall.ErrorData.Span, [known]);
        Assert.Equal(new RevertReason("custom", $"ERC20InsufficientBalance({_key.Address}, 1000, 1001)"), reason);
    }

    [Fact]
    public async Task Pool_errors_are_classified()
    {
        byte[] first = await SignTransferAsync(nonce: 0, amount: 1);
        await _rpc.SendRawTransactionAsync(first, Token);
        Assert.Equal(RpcErrorClass.AlreadyKnown, await RefusalAsync(first));
        Assert.Equal(RpcErrorClass.ReplacementUnderpriced, await RefusalAsync(await SignTransferAsync(nonce: 0, amount: 2)));
        await _node.MineAsync(1, Token);
        Assert.Equal(RpcErrorClass.NonceTooLow, await RefusalAsync(first));
        Assert.Equal(RpcErrorClass.FeeCapBelowBaseFee, await RefusalAsync(await SignTransferAsync(nonce: 1, amount: 1, feeCap: 1)));
        Assert.Equal(RpcErrorClass.IntrinsicGas, await RefusalAsync(await SignTransferAsync(nonce: 1, amount: 1, gasLimit: 20_000)));
        Assert.Equal(
            RpcErrorClass.InsufficientFunds,
            await RefusalAsync(await SignTransferAsync(nonce: 1, amount: 1, value: ulong.MaxValue)));
    }

    [Fact]
    public async Task Batch_answers_are_in_the_order_of_the_calls_with_an_error_in_its_place()
    {
        IReadOnlyList<RpcBatchAnswer> answers = await _rpc.BatchAsync(
            [
                new RpcRequest("eth_chainId", []),
                new RpcRequest("eth_nonsense", []),
                new RpcRequest("eth_getBlockByHash", [Hash32.Zero.ToString(), false]),
            ],
            Token);
        Assert.Equal("0x7a69", answers[0].Result.GetString());
        Assert.Equal(-32601, answers[1].Error!.Code);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, answers[2].Result.ValueKind);
    }

    [Fact]
    public async Task New_heads_arrive_and_the_death_of_the_node_ends_them()
    {
        var subscription = new NewHeadsSubscription("anvil", _node.WebSocketUri, new RpcClientOptions(), TimeProvider.System);
        await using IAsyncEnumerator<RpcHead> heads = subscription.ReadAsync(Token).GetAsyncEnumerator(Token);
        ValueTask<bool> next = heads.MoveNextAsync();

        // The subscription is made by the first read, so blocks are mined until one is heard of.
        while (!next.IsCompleted)
        {
            await _rpc.RawAsync("evm_mine", new JsonArray(), Token);
        }

        Assert.True(await next);
        Assert.Equal(heads.Current.ParentHash, (await _rpc.GetBlockAsync(heads.Current.Hash, fullTransactions: false, Token))!.ParentHash);
        await _node.KillAsync();
        await Assert.ThrowsAsync<RpcUnavailableException>(async () =>
        {
            while (await heads.MoveNextAsync())
            {
                Token.ThrowIfCancellationRequested();
            }
        });
    }

    private async Task<RpcErrorClass> RefusalAsync(byte[] raw) =>
        (await Assert.ThrowsAsync<RpcErrorException>(() => _rpc.SendRawTransactionAsync(raw, Token))).Classification.Class;

    private async Task<byte[]> SignTransferAsync(
        ulong nonce, ulong amount, ulong feeCap = 20_000_000_000, ulong gasLimit = 100_000, ulong value = 0)
    {
        var transaction = new Eip1559Transaction(
            await _rpc.ChainIdAsync(Token), nonce, Math.Min(feeCap, 1_000_000_000), feeCap, gasLimit, _token, value,
            Transfer.EncodeCall(Recipient, amount), []);
        return transaction.Encode(_key.Sign(transaction.SigningHash()));
    }
}
