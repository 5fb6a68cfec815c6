using ChainExec.Engine.Tests.Indexing;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>The engine's follower on a simulated chain over HTTP, with a real database.</summary>
public sealed class EngineOnSimulationTests : IDisposable
{
    private readonly SimulationHarness _sim = new();

    private static CancellationToken Token => SimulationHarness.Token;

    public void Dispose() => _sim.Dispose();

    [Fact]
    public async Task Index_follows_a_simulated_chain_through_a_reorganisation()
    {
        SimulatedToken usd = _sim.Chain.DeployToken("USD", 6);
        usd.Mint(_sim.Alice.Address, 100);
        _sim.Chain.AddView("beta");
        await using SimulatedChainServer server = await SimulatedChainServer.StartAsync(_sim.Chain, Token);
        await using IndexHarness harness = await IndexHarness.CreateAsync(
            [.. server.Addresses.Values], new HarnessOptions { Quorum = 2 }, Token);
        await harness.RegisterAccountAsync(_sim.Alice.Address, Token);
        await harness.ListAsync("usd", usd.Address, Token);
        SimulatedTransaction sent = _sim.Alice.PayToken(usd.Address, SimulationHarness.Shop, 5);

        _sim.Chain.Mine(3);
        _sim.Chain.MineWith(sent);
        await harness.SettleAsync(Token);
        _sim.Chain.Reorg(2);
        await harness.SettleAsync(Token);
        _sim.Chain.Mine(14);
        await harness.SettleAsync(Token);

        Assert.Equal(
            ["transaction_included", "transaction_orphaned", "transaction_included", "transaction_finalized", "movement_confirmed"],
            await harness.FactTypesAsync(sent.Hash, Token));
        Assert.Single(_sim.Chain.CanonicalTransfers);
    }
}
