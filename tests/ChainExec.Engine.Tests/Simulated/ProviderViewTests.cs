using System.Net;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>Providers that lag, lie, fail and go astray, as the product's client sees them.</summary>
public sealed class ProviderViewTests : IDisposable
{
    private const string Send = "eth_sendRawTransaction";
    private const string Receipt = "eth_getTransactionReceipt";
    private readonly SimulationHarness _sim = new();
    private readonly ProviderView _beta;
    private readonly RpcClient _betaClient;

    public ProviderViewTests()
    {
        _beta = _sim.Chain.AddView("beta");
        _betaClient = _sim.ClientOf(_beta);
    }

    private static CancellationToken Token => SimulationHarness.Token;

    public void Dispose() => _sim.Dispose();

    [Fact]
    public async Task Lagging_provider_knows_an_older_head_and_older_state()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(sent);
        _beta.Lag = 2;
        _sim.Chain.Mine(2);

        Assert.Equal(2UL, await _sim.Client.BlockNumberAsync(Token));
        Assert.Equal(0UL, await _betaClient.BlockNumberAsync(Token));
        Assert.Null(await _betaClient.GetTransactionReceiptAsync(sent.Hash, Token));
        Assert.Null(await _betaClient.GetBlockAsync(_sim.Chain.Head.Hash, fullTransactions: false, Token));
        Assert.Equal(0UL, await _betaClient.GetTransactionCountAsync(_sim.Alice.Address, BlockTag.Latest, Token));
        _sim.Chain.Mine();
        Assert.NotNull(await _betaClient.GetTransactionReceiptAsync(sent.Hash, Token));
    }

    [Fact]
    public async Task Provider_on_a_fork_serves_its_own_head_and_final_block()
    {
        _sim.Chain.Mine(5);
        SimulatedTransaction other = _sim.Pay(_sim.Alice, 0);
        SimulatedBlock fork = _sim.Chain.BuildFork(depth: 3, length: 4, other);
        _beta.Serve(fork);
        _beta.ClaimedFinal = 4;

        RpcBlock head = (await _betaClient.GetBlockAsync(BlockTag.Latest, fullTransactions: false, Token))!;
        RpcBlock final = (await _betaClient.GetBlockAsync(BlockTag.Finalized, fullTransactions: false, Token))!;
        Assert.Equal((fork.Hash, 6UL), (head.Hash, head.Number));
        Assert.Equal(4UL, final.Number);
        Assert.NotEqual(final.Hash, (await _sim.Client.GetBlockAsync(4, fullTransactions: false, Token))!.Hash);
        Assert.Equal(
            (await _betaClient.GetBlockAsync(2, fullTransactions: false, Token))!.Hash,
            (await _sim.Client.GetBlockAsync(2, fullTransactions: false, Token))!.Hash);
        Assert.NotNull(await _betaClient.GetTransactionReceiptAsync(other.Hash, Token));
        Assert.Null(await _sim.Client.GetTransactionReceiptAsync(other.Hash, Token));
        Assert.Null(await _sim.Client.GetBlockAsync(fork.Hash, fullTransactions: false, Token));
        Assert.Empty(_sim.Chain.CanonicalTransfers);

        _beta.Heal();
        Assert.Equal(_sim.Chain.Head.Hash, (await _betaClient.GetBlockAsync(BlockTag.Latest, fullTransactions: false, Token))!.Hash);
    }

    [Fact]
    public async Task Accepted_and_dropped_send_looks_like_success_and_is_nowhere()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        _sim.View.FailNext(1, Fault.AcceptAndDrop, Send);

        Assert.Equal(sent.Hash, await _sim.SendAsync(sent));
        Assert.Null(await _sim.Client.GetTransactionAsync(sent.Hash, Token));
        Assert.Empty(_sim.Chain.Mine().Receipts);
        Assert.Equal(sent.Hash, await _sim.SendAsync(sent));
        Assert.Single(_sim.Chain.Mine().Receipts);
    }

    [Fact]
    public async Task Wrong_hash_is_a_fault_of_the_provider_and_the_send_has_arrived()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        _sim.View.FailNext(1, Fault.WrongHash, Send);

        await Assert.ThrowsAsync<RpcProtocolException>(() => _sim.SendAsync(sent));
        Assert.Single(_sim.Chain.Mine().Receipts);
    }

    [Theory]
    [InlineData("timeout", false)]
    [InlineData("timeout after", true)]
    [InlineData("reset", false)]
    [InlineData("reset after", true)]
    public async Task Broken_send_has_arrived_or_not(string kind, bool arrived)
    {
        Fault fault = new[] { Fault.Timeout, Fault.TimeoutAfterwards, Fault.Reset, Fault.ResetAfterwards }[
            kind switch { "timeout" => 0, "timeout after" => 1, "reset" => 2, _ => 3 }];
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        _sim.View.FailNext(1, fault, Send);

        await Assert.ThrowsAsync<RpcUnavailableException>(() => _sim.SendAsync(sent));

        Assert.Equal(arrived ? 1 : 0, _beta.PoolContent.Count);
        Assert.Equal(arrived ? 1 : 0, _sim.Chain.Mine().Receipts.Count);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    public async Task Http_status_instead_of_an_answer_is_no_answer(int status)
    {
        _sim.View.FailNext(1, Fault.Status(status));

        RpcUnavailableException error =
            await Assert.ThrowsAsync<RpcUnavailableException>(() => _sim.Client.ChainIdAsync(Token));

        Assert.Equal((HttpStatusCode)status, error.StatusCode);
        Assert.Equal(31337UL, await _sim.Client.ChainIdAsync(Token));
    }

    [Fact]
    public async Task Provider_that_is_down_answers_nothing()
    {
        _sim.View.IsDown = true;
        await Assert.ThrowsAsync<RpcUnavailableException>(() => _sim.Client.ChainIdAsync(Token));
        _sim.View.IsDown = false;
        Assert.Equal(31337UL, await _sim.Client.ChainIdAsync(Token));
    }

    [Fact]
    public async Task Receipts_are_null_for_a_while()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(sent);
        _sim.Chain.Mine();
        _sim.View.FailFor(TimeSpan.FromMinutes(45), Fault.Null, Receipt);

        Assert.Null(await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token));
        Assert.NotNull(await _sim.Client.GetTransactionAsync(sent.Hash, Token));
        _sim.Clock.Advance(TimeSpan.FromMinutes(44));
        Assert.Null(await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token));
        _sim.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token));
    }

    [Fact]
    public async Task Errors_lies_and_garbage_are_what_they_were_told_to_be()
    {
        _sim.View.FailNext(1, Fault.Error(-32005, "limit exceeded"));
        _sim.View.FailNext(1, Fault.Garbage, "eth_chainId");
        _sim.View.FailAlways(Fault.Lie("another chain", _ => "0x1"), "eth_chainId");

        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => _sim.Client.BlockNumberAsync(Token));
        Assert.Equal(RpcErrorClass.RateLimited, error.Classification.Class);
        await Assert.ThrowsAsync<RpcProtocolException>(() => _sim.Client.ChainIdAsync(Token));
        Assert.Equal(1UL, await _sim.Client.ChainIdAsync(Token));
        _sim.View.Heal();
        Assert.Equal(31337UL, await _sim.Client.ChainIdAsync(Token));
    }

    [Fact]
    public async Task Provider_that_does_not_tell_keeps_a_transaction_to_itself_until_it_does()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        _sim.View.TellsGossip = false;
        await _sim.SendAsync(sent);

        Assert.Empty(_sim.Chain.Mine().Receipts);
        Assert.NotNull(await _sim.Client.GetTransactionAsync(sent.Hash, Token));
        Assert.Null(await _betaClient.GetTransactionAsync(sent.Hash, Token));
        _sim.View.TellAll();
        Assert.NotNull(await _betaClient.GetTransactionAsync(sent.Hash, Token));
        Assert.Single(_sim.Chain.Mine().Receipts);
    }

    [Fact]
    public async Task Provider_that_does_not_hear_takes_another_transaction_with_the_nonce()
    {
        _beta.HearsGossip = false;
        SimulatedTransaction first = _sim.Pay(_sim.Alice, 0, capGwei: 10);
        SimulatedTransaction second = _sim.Pay(_sim.Alice, 0, capGwei: 9);
        await _sim.SendAsync(first);

        Assert.Equal(second.Hash, await _betaClient.SendRawTransactionAsync(second.Raw, Token));
        Assert.Equal(first, Assert.Single(_sim.Chain.Mine().Receipts).Transaction);
        Assert.Empty(_beta.PoolContent);
    }

    [Fact]
    public async Task Evicted_transaction_is_unknown_to_that_provider_alone()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(sent);

        Assert.True(_sim.View.Drop(sent.Hash));

        Assert.Null(await _sim.Client.GetTransactionAsync(sent.Hash, Token));
        Assert.NotNull(await _betaClient.GetTransactionAsync(sent.Hash, Token));
        Assert.Single(_sim.Chain.Mine().Receipts);
    }

    [Fact]
    public async Task Batch_is_answered_in_order_with_an_error_for_each_that_fails()
    {
        _sim.Chain.Mine();
        IReadOnlyList<RpcBatchAnswer> answers = await _sim.Client.BatchAsync(
            [new RpcRequest("eth_blockNumber", []), new RpcRequest("eth_nonsense", []), new RpcRequest("net_version", [])], Token);

        Assert.Equal("0x1", answers[0].Result.GetString());
        Assert.Equal(-32601, answers[1].Error!.Code);
        Assert.Equal("31337", answers[2].Result.GetString());
    }

    // Two runs of one seed, with faults by chance, pools, reorganisations and time, are the same to the last line.
    [Fact]
    public async Task Run_repeats_for_its_seed()
    {
        Hash32 first = await RunAsync(seed: 7);

        Assert.Equal(first, await RunAsync(seed: 7));
        Assert.NotEqual(first, await RunAsync(seed: 8));
    }

    private static async Task<Hash32> RunAsync(int seed)
    {
        using var sim = new SimulationHarness();
        var random = new Random(seed);
        sim.View.FailSometimes(new Random(seed), 100, Fault.TimeoutAfterwards, Send);
        sim.View.FailSometimes(new Random(seed), 100, Fault.AcceptAndDrop, Send);
        using IDisposable mining = sim.Chain.MineEvery(TimeSpan.FromSeconds(2));
        for (int step = 0; step < 100; step++)
        {
            Wallet wallet = random.Next(2) == 0 ? sim.Alice : sim.Bob;
            try
            {
                await sim.SendAsync(wallet.Pay(SimulationHarness.Shop, (ulong)random.Next(1, 1000)));
            }
            catch (RpcException error)
            {
                Assert.IsType<RpcUnavailableException>(error);
            }

            sim.Clock.Advance(TimeSpan.FromSeconds(random.Next(3)));
            if (random.Next(10) == 0)
                sim.Chain.Reorg(random.Next((int)Math.Min(3, sim.Chain.Head.Number) + 1));
        }

        Assert.Contains(sim.Chain.Journal, line => line.Contains("fails: timeout after", StringComparison.Ordinal));
        Assert.Contains(sim.Chain.Journal, line => line.Contains("fails: accept and drop", StringComparison.Ordinal));
        return sim.Chain.JournalHash;
    }
}
