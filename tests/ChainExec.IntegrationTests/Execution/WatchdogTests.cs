using ChainExec.Execution;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>The lowest open nonce of a sender, and what happens when it does not move.</summary>
public sealed class WatchdogTests
{
    private static readonly Dictionary<string, string> NoClimbing = new() { ["Execution:ClimbAfterBlocks"] = "1000" };

    [Fact]
    public async Task Nonce_that_does_not_move_is_told_once_and_nothing_is_bound_above_it_until_it_moves()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        IntentId first = await bench.PayAsync(1);
        await bench.SettleAsync();
        await bench.StepAsync(5);

        await bench.StepAsync(55);
        Assert.Equal(0, await bench.OpenIncidentsAsync("slot_stuck"));
        await bench.StepAsync(5);
        await bench.StepAsync(5);
        Assert.Equal(1, await bench.OpenIncidentsAsync("slot_stuck"));

        IntentId second = await bench.PayAsync(2);
        await bench.StepAsync();
        Assert.Equal(("preparing", "head_of_line"), ((await bench.ViewAsync(second)).State, (await bench.ViewAsync(second)).Reason));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));

        await bench.RunUntilAsync(second, "confirmed");

        Assert.Equal("confirmed", (await bench.ViewAsync(first)).State);
        Assert.Equal(0, await bench.OpenIncidentsAsync("slot_stuck"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.incident where kind = 'slot_stuck'"));
        Assert.Equal(3UL, bench.Received);
    }

    [Fact]
    public async Task Line_that_moves_is_never_told_however_old_its_nonces_are()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        for (ulong payment = 1; payment <= 6; payment++)
            await bench.PayAsync(payment);
        await bench.SettleAsync();
        // One fits into a block: the last is five blocks old when its turn comes.
        bench.Chain.SetBlockGasLimit(100_000);
        for (int block = 0; block < 5; block++)
        {
            bench.Chain.Mine();
            await bench.StepAsync(30);
        }

        await bench.RunUntilAsync(
            "select count(*) = 6 from execution.intent where state = 'confirmed'", "all six are paid");

        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.incident where kind = 'slot_stuck'"));
    }
}
