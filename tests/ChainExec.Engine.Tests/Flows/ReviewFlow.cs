using ChainExec.Flows;
using ChainExec.Flows.Definitions;

namespace ChainExec.Engine.Tests.Flows;

[ComesFrom("the tests")]
internal sealed record ReviewAsked(string Id) : IFlowEvent
{
    public static string Type => "test.review_asked";

    string IFlowEvent.EventId => $"review:{Id}";

    string IFlowEvent.CorrelationKey => $"review:{Id}";
}

internal sealed record ReviewContext(Guid? Owner, string Id) : IFlowContext;

/// <summary>Somebody looks at it within a day: it is released or seized.</summary>
internal sealed class ReviewFlow : Flow<ReviewContext>
{
    public override string Name => "review";

    public override int Version => 1;

    protected override IReadOnlyList<Func<Rule<ReviewContext>>> Starts => [Asked];

    private static Rule<ReviewContext> Asked() =>
        StartOn<ReviewAsked>(asked => new ReviewContext(null, asked.Id)).ThenWaitForFirst(Released, Seized);

    private static Rule<ReviewContext> Released() =>
        On<FlowDecided>((decided, _) => decided.Question == "screening" && decided.Answer == "release")
            .ExpiresAfter(Wait.Days(1), NobodyLooked).Ends("released");

    private static Rule<ReviewContext> Seized() =>
        On<FlowDecided>((decided, _) => decided.Question == "screening" && decided.Answer == "seize")
            .WaitsForEver("the release tells when nobody looks").Ends("seized");

    private static Rule<ReviewContext> NobodyLooked() =>
        Branch().Alert("review_overdue", (_, context) => string.Concat("Nobody looked at ", context.Id));
}
