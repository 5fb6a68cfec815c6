using ChainExec.Execution;
using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// A process that stood still past its leases, while another one did its work, wakes up: it binds, signs and writes nothing more. What it
/// sends was committed before.
/// </summary>
public sealed class PausedProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Boundary.SlotBound)]
    [InlineData(Boundary.SignRequested)]
    [InlineData(Boundary.SignatureAnswered)]
    [InlineData(Boundary.SignatureStored)]
    [InlineData(Boundary.SendStarted)]
    [InlineData(Boundary.SendAnswered)]
    public async Task Process_that_wakes_after_its_lease_does_no_more(string boundary)
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        using var asleep = new ManualResetEventSlim();
        using var wake = new ManualResetEventSlim();
        Task sleeper = Task.Run(
            async () =>
            {
                using (Boundary.Observe(passed =>
                    {
                        if (passed == boundary && !asleep.IsSet)
                        {
                            asleep.Set();
                            wake.Wait(Token);
                        }
                    }))
                    await bench.SettleAsync();
            },
            Token);
        try
        {
            await Task.Run(() => Assert.True(asleep.Wait(TimeSpan.FromSeconds(30), Token)), Token);
            await bench.ExpireLeasesAsync();
            // It cannot follow the chain, whose lock the other one holds; the rest is its.
            await using ServiceProvider second = bench.StartSecondEngine(bench.Database.AppConnectionString);
            for (int round = 0; round < 100 && await SentAsync(bench) == 0; round++)
                await EngineBench.TurnAsync(second);
            Assert.Equal(1, await SentAsync(bench));
        }
        finally
        {
            wake.Set();
        }

        await sleeper;
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal((1, 1, 1), (
            await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"),
            await bench.ScalarAsync<long>("select count(*) from execution.execution"),
            await bench.ScalarAsync<long>("select count(*) from execution.history where machine = 'slot' and event = 'bytes_stored'")));
        await bench.AssertBooksEqualChainAsync();
    }

    private static Task<long> SentAsync(EngineBench bench) =>
        bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where state in ('accepted', 'mined', 'finalized')");
}
