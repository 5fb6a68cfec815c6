using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using ChainExec.Indexing;
using ChainExec.TestKit.Simulated;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>How the engine reaches a simulated chain: through its own composition without sockets, and over real HTTP.</summary>
public sealed class ChainServerTests : IDisposable
{
    private readonly SimulationHarness _sim = new();

    private static CancellationToken Token => SimulationHarness.Token;

    public void Dispose() => _sim.Dispose();

    [Fact]
    public async Task Engine_reads_agreed_blocks_of_the_chain_without_sockets()
    {
        _sim.Chain.AddView("beta");
        SimulatedToken token = _sim.Chain.DeployToken("USD", 6);
        token.Mint(_sim.Alice.Address, 100);
        SimulatedBlock block = _sim.Chain.MineWith(
            Transfer(_sim.Alice, nonce: 0), Transfer(_sim.Bob, nonce: 0), Transfer(_sim.Alice, nonce: 1));
        SimulatedTransaction Transfer(Wallet wallet, ulong nonce) => wallet.Sign(new TransactionDraft
        {
            To = token.Address, Data = SimulatedToken.TransferData(SimulationHarness.Shop, 1), Nonce = nonce,
        });
        await using ServiceProvider services = Services();
        var nodes = new ChainNodes(
            services.GetRequiredService<ChainDirectory>().Get(31337), _ => Task.FromResult<IReadOnlySet<string>>(new HashSet<string>()),
            TimeProvider.System);

        AgreedBlock agreed = (await nodes.AgreedNowAsync(1, Token))!;
        FetchedBlock fetched = await new BlockFetcher(nodes.Profile, NullLogger<BlockFetcher>.Instance).FetchAsync(agreed, Token);

        Assert.Equal(2, agreed.Providers.Count);
        Assert.Equal(block.Hash, fetched.Ref.Hash);
        Assert.Equal([true, false, true], fetched.Transactions.Select(transaction => transaction.Transaction.Succeeded));
        Assert.Equal([0, 1], fetched.Transactions.SelectMany(transaction => transaction.Logs).Select(log => log.LogIndex));
    }

    [Fact]
    public async Task Views_are_served_over_http_with_their_faults()
    {
        _sim.Chain.AddView("beta");
        await using SimulatedChainServer server = await SimulatedChainServer.StartAsync(_sim.Chain, Token);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        RpcClient Client(string view, int milliseconds = 10_000) => new(
            view, server.Addresses[view], http, new RpcClientOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) },
            TimeProvider.System);
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        // The first request compiles the server, which takes longer than the short timeout below.
        Assert.Equal(31337UL, await Client("alpha").ChainIdAsync(Token));
        _sim.View.FailNext(1, Fault.TimeoutAfterwards, "eth_sendRawTransaction");
        _sim.View.FailNext(1, Fault.Reset, "eth_chainId");
        _sim.View.FailNext(1, Fault.TooManyRequests, "eth_chainId");

        await Assert.ThrowsAsync<RpcUnavailableException>(() =>
            Client("alpha", milliseconds: 500).SendRawTransactionAsync(sent.Raw, Token));
        RpcUnavailableException reset =
            await Assert.ThrowsAsync<RpcUnavailableException>(() => Client("alpha").ChainIdAsync(Token));
        RpcUnavailableException busy =
            await Assert.ThrowsAsync<RpcUnavailableException>(() => Client("alpha").ChainIdAsync(Token));

        Assert.Null(reset.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), busy.RetryAfter);
        Assert.NotNull(await Client("beta").GetTransactionAsync(sent.Hash, Token));
        _sim.Chain.Mine();
        Assert.True((await Client("alpha").GetTransactionReceiptAsync(sent.Hash, Token))!.Status);
    }

    // What a test of the engine writes to put it on a simulated chain.
    private ServiceProvider Services()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(_sim.Chain.Settings(quorum: 2)).Build();
        return new ServiceCollection().AddSingleton<TimeProvider>(_sim.Clock).AddCalls(configuration).UseSimulatedChain(_sim.Chain)
            .BuildServiceProvider();
    }
}
