using ChainExec.Storage;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>What is kept as the block of a simulation is the block on which it ran.</summary>
public sealed class SimulationBlockTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_is_simulated_on_the_block_that_the_index_holds()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        await bench.SettleAsync();
        ulong indexed = bench.Chain.Head.Number;
        bench.Chain.Mine(2);
        await bench.PayAsync();
        await PrepareAsync(bench);

        Assert.Equal((long)indexed, await SimulatedAsync(bench));
    }

    [Fact]
    public async Task Payment_is_simulated_on_the_nodes_own_head_while_the_index_is_far_behind()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        await bench.SettleAsync();
        bench.Chain.Mine(30);
        await bench.ExecuteAsync("update indexing.chain set head_number = tip_number + 30");
        await bench.PayAsync();
        await PrepareAsync(bench);

        Assert.Equal((long)bench.Chain.Head.Number, await SimulatedAsync(bench));
    }

    private static async Task PrepareAsync(SimulatedBench bench)
    {
        IWorker intents = bench.Get<IEnumerable<IWorker>>().Single(worker => worker.Name == "execution.intents");
        for (int turn = 0; turn < 5; turn++)
            await intents.RunTurnAsync(Token);
    }

    private static Task<long> SimulatedAsync(SimulatedBench bench) =>
        bench.ScalarAsync<long>("select (inputs ->> 'simulation_block')::bigint from execution.prepared_call");
}
