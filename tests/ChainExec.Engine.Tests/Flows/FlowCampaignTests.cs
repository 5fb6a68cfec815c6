using ChainExec.Flows;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>
/// Seeded lives of many flows at once: events doubled and in any order, a provider that is busy, silent after it did it or before, broken;
/// crashes at every boundary, clocks that jump. At the end the provider's own ledger is counted.
/// </summary>
public sealed class FlowCampaignTests
{
    private const int Transfers = 8;
    private const int Steps = 90;

    public static TheoryData<int, bool> Seeds
    {
        get
        {
            var seeds = new TheoryData<int, bool>();
            int count = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? 60 : 2;
            for (int seed = 1; seed <= count; seed++)
            {
                seeds.Add(seed, false);
                seeds.Add(seed, true);
            }

            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Nothing_is_sold_twice_or_lost_and_every_flow_ends_or_waits_for_something(int seed, bool byEnquiry)
    {
        await using FlowBench bench = await FlowBench.CreateAsync(
            settings: new Dictionary<string, string?> { ["Flows:EffectBatchSizeMax"] = "1", ["Flows:EffectGiveUpAfter"] = "365.00:00:00" });
        bench.Exchange.Capability = byEnquiry ? ProviderCapability.EnquiryByOurReference : ProviderCapability.IdempotentKey;
        await LiveAsync(bench, new Random(seed));
        await CalmAsync(bench);

        string told = await bench.RowAsync("select count(*) from flows.event where type = 'test.ramp_asked'");
        Assert.Equal($"{bench.Exchange.Done.Count}", told);
        Assert.All(bench.Exchange.Done.Values, times => Assert.Equal(1, times));
        Assert.Equal("0", await bench.RowAsync("select count(*) from flows.effect where state <> 'confirmed'"));
        Assert.Equal(
            "0",
            await bench.RowAsync("""
                select count(*) from flows.context c
                where  c.state = 'open' and not exists (select from flows.rule r where r.context_id = c.id and r.state = 'waiting')
                """));
        // Every dollar that the bank saw is the customer's or in suspense, told of.
        long credited = long.Parse(
            await bench.RowAsync("""
                select coalesce(sum((s.payload ->> 'amount')::bigint), 0)
                from   flows.event e join facts.v_stream s using (position) where e.type = 'test.bank_credited'
                """),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(credited, await bench.BankAsync());
        Assert.Equal(credited, await bench.CustomerAsync() + await bench.SuspenseAsync());
        Assert.Equal(
            "0",
            await bench.RowAsync("""
                select count(*)
                from   (select position from flows.event where suspended) e
                full   join (select event_position from flows.discrepancy
                             where  kind in ('unmatched_money', 'evidence_contradicts') and event_position is not null
                             and    resolved_position is null) d on d.event_position = e.position
                where  e.position is null or d.event_position is null
                """));
        await bench.AssertSoundAsync();
    }

    // A provider that says that it takes a key once and does not is caught by the same count.
    [Fact]
    public async Task Provider_that_lies_about_its_keys_is_caught_by_the_count()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.ForgetsKeys = true;
        bench.Exchange.DoesItAnyway = true;
        bench.Exchange.Script = (send, _) => send == 0 ? new ProviderAnswer.Unclear("timeout") : null;
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await CalmAsync(bench);

        Assert.Equal(2, Assert.Single(bench.Exchange.Done).Value);
    }

    private static async Task LiveAsync(FlowBench bench, Random random)
    {
        bench.Exchange.Script = (_, _) =>
        {
            bench.Exchange.DoesItAnyway = random.Next(2) == 0;
            return random.Next(5) switch
            {
                0 => new ProviderAnswer.Unclear("silence"),
                1 when bench.Exchange.DoesItAnyway => throw new InvalidOperationException("An answer that nobody understands."),
                2 when !bench.Exchange.DoesItAnyway => new ProviderAnswer.NotTaken("busy"),
                _ => null,
            };
        };
        IWorker[] workers = [.. bench.Workers];
        for (int step = 0; step < Steps; step++)
        {
            string name = $"t{random.Next(Transfers)}";
            switch (random.Next(8))
            {
                case 0:
                    await bench.HappensAsync(new RampAsked(name, bench.Owner, new(10)));
                    break;
                case 1:
                    await bench.HappensAsync(new BankCredited($"{name}-{random.Next(2)}", name, new(random.Next(2) == 0 ? 10 : 7)));
                    break;
                case 2:
                    await bench.ShiftClockAsync(TimeSpan.FromMinutes(random.Next(1, 3_000)));
                    break;
                default:
                    await TurnAsync(workers[random.Next(workers.Length)], random);
                    break;
            }
        }
    }

    private static async Task TurnAsync(IWorker worker, Random random)
    {
        using (Boundary.Observe(_ => { if (random.Next(4) == 0) throw new TimeoutException("killed"); }))
        {
            try
            {
                await worker.RunTurnAsync(FlowBench.Token);
            }
            catch (TimeoutException)
            {
                // The process ended here; the next turn is another process.
                Assert.NotNull(worker);
            }
        }
    }

    private static async Task CalmAsync(FlowBench bench)
    {
        bench.Exchange.Script = null;
        bench.Exchange.DoesItAnyway = false;
        for (int round = 0; round < 8; round++)
        {
            await bench.SettleAsync();
            await bench.ShiftClockAsync(TimeSpan.FromMinutes(10));
        }

        await bench.SettleAsync();
    }
}
