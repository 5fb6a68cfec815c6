using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Engine.Tests.Flows;

[ComesFrom("the tests")]
internal sealed record AdvanceAsked(string Id, Guid Asker, TokenAmount Amount) : IFlowEvent
{
    public static string Type => "test.advance_asked";

    string IFlowEvent.EventId => $"advance:{Id}";

    string IFlowEvent.CorrelationKey => $"advance:{Id}";
}

[ComesFrom("the tests")]
internal sealed record Signed(string Id, string By) : IFlowEvent
{
    public static string Type => "test.signed";

    string IFlowEvent.EventId => $"signed:{Id}:{By}";

    string IFlowEvent.CorrelationKey => $"advance:{Id}";
}

internal sealed record AdvanceContext(Guid? Owner, TokenAmount Amount) : IFlowContext;

/// <summary>Money is held, two people sign, it is paid; or an hour passes and it is given back.</summary>
internal sealed class AdvanceFlow : Flow<AdvanceContext>
{
    public override string Name => "advance";

    public override int Version => 2;

    protected override IReadOnlyList<Func<Rule<AdvanceContext>>> Starts => [Asked];

    private static Rule<AdvanceContext> Asked() =>
        StartOn<AdvanceAsked>(asked => new AdvanceContext(asked.Asker, asked.Amount))
            .Hold(
                "funds", (asked, context) => Book.Customer(context.Owner!.Value, "usd"), (asked, context) => context.Amount,
                refused: NoFunds)
            .ThenWaitFor(BothSigned);

    private static Rule<AdvanceContext> BothSigned() =>
        OnAll(Event<Signed>((signed, _) => signed.By == "first"), Event<Signed>((signed, _) => signed.By == "second"))
            .Post(
                "advance_paid",
                books => books.Move(
                    (_, context) => Book.Customer(context.Owner!.Value, "usd"), (_, context) => Book.HouseFloat("usd"),
                    (_, context) => context.Amount),
                hold: "funds")
            .ExpiresAfter(Wait.Hours(1), TooLate, closes: true)
            .Ends("paid");

    private static Rule<AdvanceContext> TooLate() => Branch().Release("funds").Ends("expired");

    private static Rule<AdvanceContext> NoFunds() => Branch().Ends("no_funds");
}
