using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Each defect has a definition that has it, and no other.</summary>
public sealed class FlowAnalysisTests
{
    private static readonly ExternalOperation<SellOrder, Sale> Sell = new("exchange", "sell");

    [Fact]
    public void Flows_of_these_tests_have_no_defect() =>
        Assert.Equal(2, new FlowCatalogue([new RampFlow(), new AdvanceFlow()], [new TestExchange()]).Models.Count);

    [Fact]
    public void Rule_that_nothing_leads_to() => Check<Unreached>("unreachable_rule: unreached v1.forgotten");

    [Fact]
    public void Rule_whose_condition_is_never_true() => Check<Never>("unreachable_rule: never v1.nothing");

    [Fact]
    public void Event_that_nobody_emits() => Check<Unheard>("event_nobody_emits: unheard v1.settled");

    [Fact]
    public void Two_rules_for_one_event() => Check<Twice>("double_consumption: twice v1.any_credit");

    [Fact]
    public void Two_rules_for_one_event_are_no_better_when_only_the_first_fires() => Check<Either>("double_consumption: either v1.any");

    [Fact]
    public void Call_without_a_rule_for_its_rejection() => Check<Careless>("external_effect_without_failure_path: careless v1.asked");

    [Fact]
    public void Wait_without_an_end() => Check<Patient>("wait_without_expiry: patient v1.credited");

    [Fact]
    public void End_that_does_not_wait_for_an_answer() => Check<Hasty>("ends_while_asked: hasty v1.asked");

    [Fact]
    public void Rule_that_leads_back_to_itself() => Check<Round>("cycle: round v1.credited");

    [Fact]
    public void Rule_after_which_nothing_waits() => Check<Stuck>("dead_end: stuck v1.asked");

    [Fact]
    public void Captured_variable() => Check<Opaque>("opaque_expression: opaque v1.asked");

    [Fact]
    public void Money_that_is_taken_and_not_posted() => Check<Swallowed>("money_not_posted: swallowed v1.credited");

    [Fact]
    public void Call_to_a_provider_that_is_not_there()
    {
        var exception = Assert.Throws<FlowDefectException>(() => new FlowCatalogue([new RampFlow()], []));

        Assert.Equal(FlowDefectKind.UnknownProvider, Assert.Single(exception.Defects).Kind);
    }

    [Fact]
    public void Two_flows_that_start_on_one_event()
    {
        var exception = Assert.Throws<FlowDefectException>(() => new FlowCatalogue([new RampFlow(), new Rival()], [new TestExchange()]));

        Assert.Equal(FlowDefectKind.AmbiguousStart, Assert.Single(exception.Defects).Kind);
    }

    [Fact]
    public async Task Build_without_the_version_of_an_open_context_does_not_start()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        Assert.Empty(await bench.Get<FlowVersionCheck>().FindingsAsync(FlowBench.Token));

        string missing = Assert.Single(await Findings(bench, services => services.AddFlow<AdvanceFlow>()));
        string changed = Assert.Single(await Findings(bench, services => services.AddFlow<ChangedRamp>()));
        string defect = Assert.Single(await Findings(bench, services => services.AddFlow<Stuck>()));

        Assert.Contains("no such version", missing, StringComparison.Ordinal);
        Assert.Contains("was changed while contexts of it are open", changed, StringComparison.Ordinal);
        Assert.StartsWith("dead_end", defect, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_that_nobody_waits_with_may_go()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();

        Assert.Empty(await Findings(bench, services => services.AddFlow<AdvanceFlow>()));
    }

    [Fact]
    public void Fingerprint_is_of_what_the_definition_does_and_not_of_how_it_is_written()
    {
        FlowModel model = FlowCompiler.Compile(new RampFlow()).Model;

        Assert.Equal(model.Fingerprint, FlowCompiler.Compile(new RampFlow()).Model.Fingerprint);
        Assert.NotEqual(model.Fingerprint, FlowCompiler.Compile(new ChangedRamp()).Model.Fingerprint);
        Assert.Contains("on test.bank_credited when (event.Amount >= context.Expected)", model.Text, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> Findings(FlowBench bench, Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IFlowProvider>(new TestExchange());
        services.AddSingleton<FlowCatalogue>();
        add(services);
        await using ServiceProvider build = services.BuildServiceProvider();
        return await new FlowVersionCheck(build, bench.Get<ChainExec.Storage.Database>()).FindingsAsync(FlowBench.Token);
    }

    private static void Check<TFlow>(string expected)
        where TFlow : Flow, new()
    {
        var exception = Assert.Throws<FlowDefectException>(() => new FlowCatalogue([new TFlow()], [new TestExchange()]));

        Assert.StartsWith(expected + ":", Assert.Single(exception.Defects).ToString(), StringComparison.Ordinal);
    }

    private static RuleBuilder<RampContext, BankCredited> Book(RuleBuilder<RampContext, BankCredited> rule) => rule.Post(
        "test.credit",
        books => books.Move(
            (credit, context) => RampFlow.Bank, (credit, context) => ChainExec.Ledger.Book.Suspense("usd"),
            (credit, context) => credit.Amount));

    private abstract class Small : Flow<RampContext>
    {
        public override string Name => GetType().Name.ToLowerInvariant();

        public override int Version => 1;

        protected override IReadOnlyList<Func<Rule<RampContext>>> Starts => [Asked];

        protected abstract Rule<RampContext> Asked();

        protected static RuleBuilder<RampContext, RampAsked> Start() =>
            StartOn<RampAsked>(asked => new RampContext(asked.Asker, asked.Transfer, asked.Amount));

        protected static Rule<RampContext> Refused() => OnResult<Rejection>().Ends("refused");

        protected static Rule<RampContext> Told() => Branch().Alert("told", (_, context) => context.Transfer);
    }

    private sealed class Unreached : Small
    {
        protected override Rule<RampContext> Asked() => Start().Ends("done");

        internal static Rule<RampContext> Forgotten() => Book(On<BankCredited>()).WaitsForEver("a test").Ends("done");
    }

    private sealed class Never : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitFor(Nothing);

        private static Rule<RampContext> Nothing() =>
            Book(On<BankCredited>((credit, context) => false)).WaitsForEver("a test").Ends("done");
    }

    private sealed class Unheard : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitFor(Settled);

        private static Rule<RampContext> Settled() => On<RampSettled>().WaitsForEver("a test").Ends("done");
    }

    private sealed class Twice : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitFor(AnyCredit, LargeCredit);

        private static Rule<RampContext> AnyCredit() => Book(On<BankCredited>()).WaitsForEver("a test").Ends("one");

        private static Rule<RampContext> LargeCredit() =>
            Book(On<BankCredited>((credit, context) => credit.Amount > context.Amount)).WaitsForEver("a test").Ends("two");
    }

    private sealed class Either : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitForFirst(Any, Large);

        private static Rule<RampContext> Any() => Book(On<BankCredited>()).WaitsForEver("a test").Ends("one");

        private static Rule<RampContext> Large() =>
            Book(On<BankCredited>((credit, context) => credit.Amount > context.Amount)).WaitsForEver("a test").Ends("two");
    }

    private sealed class Careless : Small
    {
        protected override Rule<RampContext> Asked() =>
            Start().Call(Sell, (asked, context) => new SellOrder(context.Transfer, context.Amount), confirmed: Sold);

        private static Rule<RampContext> Sold() => OnResult<Sale>().Ends("sold");
    }

    private sealed class Hasty : Small
    {
        protected override Rule<RampContext> Asked() =>
            Start().Call(Sell, (asked, context) => new SellOrder(context.Transfer, context.Amount), confirmed: Sold, rejected: Refused)
                .ThenWaitFor(Credited);

        private static Rule<RampContext> Sold() => OnResult<Sale>().Ends("sold");

        private static Rule<RampContext> Credited() => Book(On<BankCredited>()).WaitsForEver("a test").Ends("done");
    }

    private sealed class Patient : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitFor(Credited);

        private static Rule<RampContext> Credited() => Book(On<BankCredited>()).Ends("done");
    }

    private sealed class Round : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitFor(Credited);

        private static Rule<RampContext> Credited() => Book(On<BankCredited>()).ExpiresAfter(Wait.Days(1), Again).Ends("done");

        private static Rule<RampContext> Again() => Branch().ThenWaitFor(Credited);
    }

    private sealed class Stuck : Small
    {
        protected override Rule<RampContext> Asked() => Start();
    }

    private sealed class Opaque : Small
    {
        protected override Rule<RampContext> Asked()
        {
            string captured = Name + "!";
            return Start().Alert("captured", (asked, context) => captured).Ends("done");
        }
    }

    private sealed class Swallowed : Small
    {
        protected override Rule<RampContext> Asked() => Start().ThenWaitFor(Credited);

        private static Rule<RampContext> Credited() => On<BankCredited>().ExpiresAfter(Wait.Days(1), Told).Ends("done");
    }

    private sealed class Rival : Small
    {
        protected override Rule<RampContext> Asked() => Start().Ends("done");
    }

    private sealed class ChangedRamp : Small
    {
        public override string Name => "ramp";

        protected override Rule<RampContext> Asked() => Start().Ends("done");
    }
}
