using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>The lowest open nonce of a sender, and what happens when it does not move.</summary>
public sealed class WatchdogTests
{
    private static readonly Dictionary<string, string> NoClimbing = new() { ["Execution:ClimbAfterBlocks"] = "1000" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
    public async Task Nonce_that_has_moved_holds_nobody_back_before_the_watchdog_looks_again()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        await PayUntilStuckAsync(bench);

        bench.Chain.Mine();
        await bench.StepAsync(0.02);
        Assert.Equal(("mined", 1), (await bench.SlotAsync(), await StuckRowsAsync(bench)));
        IntentId next = await bench.PayAsync(2);
        await bench.SettleAsync();

        Assert.NotEqual("preparing", (await bench.ViewAsync(next)).State);
    }

    [Fact]
    public async Task What_was_told_of_a_nonce_ends_with_it_whoever_forgot_that_it_was_stuck()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        IntentId payment = await PayUntilStuckAsync(bench);

        await bench.ExecuteAsync("delete from execution.head_of_line");
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(0, await bench.OpenIncidentsAsync("slot_stuck"));
    }

    // Two processes: one read the line before the other said that it is stuck, and is the first to see it move.
    [Fact]
    public async Task Watchdog_that_did_not_see_the_line_stuck_knows_when_it_forgets_it()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        await PayUntilStuckAsync(bench);
        (Guid slot, string phase) = (
            await bench.ScalarAsync<Guid>("select slot_id from execution.head_of_line"),
            await bench.ScalarAsync<string>("select phase from execution.head_of_line"));
        var finding = new LineFinding(SimulatedBench.ChainId, bench.Sender, null, null, null, slot, phase, null);

        Assert.True(await RunAsync(bench, (line, session, token) => line.MoveOnAsync(session, finding, token)));
        await bench.ExecuteAsync($"""
            insert into execution.head_of_line (chain_id, sender, slot_id, phase)
            select chain_id, account, id, '{phase}' from execution.nonce_slot
            """);
        Assert.False(await RunAsync(bench, (line, session, token) => line.MoveOnAsync(session, finding, token)));
    }

    [Fact]
    public async Task Lines_of_a_halted_chain_do_not_crowd_out_others()
    {
        const long halted = 1;
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        await bench.PayAsync();
        await bench.SettleAsync();
        await bench.StepAsync(5);
        // The same line on a chain that comes first in every order.
        await bench.ExecuteAsync($"""
            with c as (insert into execution.carrier select gen_random_uuid(), {halted}, sender, kind, family_key, effect_hash, state
                       from execution.carrier returning id, sender),
                 s as (insert into execution.nonce_slot (id, chain_id, account, nonce, carrier_id, state)
                       select gen_random_uuid(), {halted}, sender, 0, id, 'signed' from c returning id, account)
            insert into execution.head_of_line (chain_id, sender, slot_id, phase) select {halted}, account, id, 'signed' from s
            """);
        await bench.StepAsync(30);
        var bounds = new Dictionary<long, TimeSpan>
        {
            [halted] = TimeSpan.FromSeconds(20), [SimulatedBench.ChainId] = TimeSpan.FromSeconds(20),
        };

        Assert.Equal(halted, Assert.Single(await NewsAsync()).Chain);
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<FreezeStore>().FreezeAsync(session, FreezeScope.Chain, $"{halted}", "upgrade", "test", token),
            Token);
        Assert.Equal(SimulatedBench.ChainId, Assert.Single(await NewsAsync()).Chain);

        Task<IReadOnlyList<LineFinding>> NewsAsync() =>
            RunAsync(bench, (line, session, token) => line.ReadNewsAsync(session, bounds, limit: 1, token));
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

    private static async Task<IntentId> PayUntilStuckAsync(SimulatedBench bench)
    {
        IntentId payment = await bench.PayAsync(1);
        await bench.SettleAsync();
        for (int step = 0; step < 14; step++)
            await bench.StepAsync(5);
        Assert.Equal(1, await bench.OpenIncidentsAsync("slot_stuck"));
        return payment;
    }

    private static Task<long> StuckRowsAsync(SimulatedBench bench) =>
        bench.ScalarAsync<long>("select count(*) from execution.head_of_line where stuck_at is not null");

    private static Task<T> RunAsync<T>(SimulatedBench bench, Func<LineWatch, DbSession, CancellationToken, Task<T>> act) =>
        bench.Get<UnitOfWork>().RunAsync((session, token) => act(bench.Get<LineWatch>(), session, token), Token);
}
