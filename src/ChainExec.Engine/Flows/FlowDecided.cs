using ChainExec.Flows.Definitions;

namespace ChainExec.Flows;

/// <summary>
/// A person decided what a flow waits for: a screening, a review. Rules take it by question and answer, and expire when nobody decides.
/// </summary>
/// <param name="Decision">Unique: the same decision told again is one.</param>
/// <param name="Key">The context's key.</param>
/// <param name="Question">What was asked, as the rule's condition names it.</param>
/// <param name="Answer">For example release, return or seize.</param>
/// <param name="By">Who decided.</param>
/// <param name="Reason">Why.</param>
/// <param name="Rule">The rule that asked when the decision was made; no other takes it.</param>
[ComesFrom("a person, by chainexec flow decide")]
internal sealed record FlowDecided(
    Guid Decision, string Key, string Question, string Answer, string By, string Reason, Guid? Rule = null) : IFlowEvent
{
    public static string Type => "flows.decided";

    string IFlowEvent.EventId => $"decision:{Decision:n}";

    string IFlowEvent.CorrelationKey => Key;
}
