namespace ChainExec.Facts.Contracts;

/// <summary>
/// What came of one business call is final: whether it succeeded, what it moved, what it cost of its transaction, and what it means to
/// whoever asked for it. Once per call and transaction, however often the transaction is attributed again.
/// </summary>
/// <param name="Reached">False when something before it in its batch failed, so that it was never made.</param>
/// <param name="RevertReason">The contract's word, never to be trusted.</param>
/// <param name="GasShare">Its part of the transaction's gas; the parts of all calls of the transaction add up to it.</param>
/// <param name="FeeShare">Its part of what the transaction paid, in wei; likewise.</param>
/// <param name="Logs">Indexes in the block of the logs that it caused, the first ones when there are very many.</param>
/// <param name="LogCount">How many logs it caused.</param>
/// <param name="Findings">How its effects differ from what was expected of it.</param>
internal sealed record CallConfirmed(
    ChainTransaction Transaction, Guid Intent, Guid Call, string CallType, bool Reached, bool Succeeded, string? RevertReason,
    TokenAmount GasShare, TokenAmount FeeShare, IReadOnlyList<int> Logs, int LogCount, IReadOnlyList<string> Findings,
    CallLabel Label) : IFactPayload
{
    public static string Type => "attribution.call_confirmed";
}
