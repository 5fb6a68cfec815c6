using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Flows;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Races, orders and replays: the same facts make the same state, and no order fires a rule twice or loses an event.</summary>
public sealed class FlowOrderTests
{
    private static bool IsFull => Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1";

    [Fact]
    public async Task An_event_and_the_rule_for_it_that_come_at_the_same_instant_find_one_another()
    {
        int races = IsFull ? 1_000 : 40;
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync([.. Names(races).Select(name => new RampAsked(name, bench.Owner, new(10)))]);
        await bench.FireAsync();
        // The answers of the provider and the credits are on the stream, and nothing of them is handled yet.
        Assert.Equal(16, await bench.Get<EffectWorker>().RunTurnAsync(FlowBench.Token));
        while (await bench.Get<EffectWorker>().RunTurnAsync(FlowBench.Token) > 0)
        {
        }

        await bench.HappensAsync([.. Names(races).Select(name => new BankCredited(name, name, new(10)))]);
        await bench.SequenceAsync();
        Dictionary<string, Fact> answers = await FactsAsync(bench, FlowEffectEnded.Type);
        Dictionary<string, Fact> credits = await FactsAsync(bench, BankCredited.Type);
        FlowEngine engine = bench.Get<FlowEngine>();

        foreach (string key in answers.Keys)
            await Task.WhenAll(HandleAsync(bench, engine, answers[key]), HandleAsync(bench, engine, credits[key]));

        Assert.Equal($"{races}", await bench.RowAsync("select count(*) from flows.context where outcome = 'settled'"));
        Assert.Equal((races * 10L, 0L), (await bench.CustomerAsync(), await bench.SuspenseAsync()));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task The_same_event_handled_by_two_processes_at_once_fires_once()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync([.. Names(20).Select(name => new RampAsked(name, bench.Owner, new(10)))]);
        await bench.SequenceAsync();
        FlowEngine engine = bench.Get<FlowEngine>();

        foreach (Fact fact in (await FactsAsync(bench, RampAsked.Type)).Values)
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HandleAsync(bench, engine, fact)));

        Assert.Equal("20|20", await bench.RowAsync(
            "select (select count(*) from flows.effect), (select count(*) from flows.node where kind = 'firing')"));
    }

    [Fact]
    public async Task Replay_of_the_same_facts_makes_the_same_state_byte_by_byte()
    {
        await using FlowBench lived = await FlowBench.CreateAsync();
        var random = new Random(20261126);
        lived.Exchange.Script = (_, _) => random.Next(4) switch
        {
            0 => new ProviderAnswer.NotTaken("busy"),
            1 => new ProviderAnswer.Rejected("no_market", "Nobody buys."),
            _ => null,
        };
        await LiveAsync(lived, random);
        await using FlowBench replayed = await FlowBench.CreateAsync();
        await CopyStreamAsync(lived, replayed);

        await replayed.FireAsync();

        string state = await lived.StateAsync();
        Assert.Contains("credit_in_full", state, StringComparison.Ordinal);
        Assert.Contains("sale_refused", state, StringComparison.Ordinal);
        Assert.Contains("settlement_late", state, StringComparison.Ordinal);
        Assert.Equal(state, await replayed.StateAsync());
    }

    // The events of one context commute: in each order the same is posted and the same outcome reached.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Every_order_of_the_events_ends_in_the_same_books(int order)
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        Func<Task>[] steps =
        [
            () => bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500))),
            () => bench.HappensAsync(new BankCredited("c1", "t1", new(500))),
            () => bench.ShiftClockAsync(TimeSpan.FromDays(4)),
        ];
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (int step in orders[order])
        {
            await steps[step]();
            await bench.SettleAsync();
        }

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal((500, 500, 0), (await bench.CustomerAsync(), await bench.BankAsync(), await bench.SuspenseAsync()));
        Assert.Single(bench.Exchange.Done);
        await bench.AssertSoundAsync();
    }

    // Many contexts, everything in a random order, told twice now and then.
    private static async Task LiveAsync(FlowBench bench, Random random)
    {
        foreach (string name in Names(30))
        {
            if (random.Next(3) == 0)
                await bench.HappensAsync(new BankCredited(name, name, new(10)));
            await bench.HappensAsync(new RampAsked(name, bench.Owner, new(10)));
            if (random.Next(3) == 0)
                await bench.HappensAsync(new RampAsked(name, bench.Owner, new(10)));
            if (random.Next(3) == 0)
                await bench.SettleAsync();
        }

        await bench.ShiftClockAsync(TimeSpan.FromDays(1));
        await bench.SettleAsync();
        foreach (string name in Names(30).Where(_ => random.Next(2) == 0))
            await bench.HappensAsync(new BankCredited($"late-{name}", name, new(random.Next(5, 15))));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromDays(4));
        await bench.SettleAsync();
        await bench.AssertSoundAsync();
    }

    private static async Task CopyStreamAsync(FlowBench from, FlowBench to)
    {
        IReadOnlyList<string> rows = await from.RowsAsync("""
            select format('insert into facts.stream values (%s, %s, %L, %L, %s, %L, %L, %L, %L)', position, pending_id, type, key,
                          shard_hash, owner_id, payload, occurred_at, sequenced_at)
            from   facts.stream order by position
            """);
        await to.AsOwnerAsync(string.Join(";\n", rows));
        await to.AsOwnerAsync("update facts.head set position = (select max(position) from facts.stream)");
    }

    private static async Task<Dictionary<string, Fact>> FactsAsync(FlowBench bench, string type)
    {
        IReadOnlyList<Fact> facts = await bench.UnitOfWork.RunAsync(
            (session, token) => session.Sql("""
                select position, type, key, owner_id, payload, occurred_at from facts.v_stream where type = @type
                """)
                .With("type", type).ReadAsync(ConsumerStore.ReadFact, token),
            FlowBench.Token);
        return facts.ToDictionary(fact => fact.Key);
    }

    private static Task HandleAsync(FlowBench bench, FlowEngine engine, Fact fact) =>
        bench.UnitOfWork.RunAsync((session, token) => engine.HandleAsync(session, fact, token), FlowBench.Token);

    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(number => $"r{number:000}");
}
