using System.Text;
using ChainExec.Admission;
using ChainExec.Storage;

namespace ChainExec.Engine.Tests.Snapshots;

/// <summary>The page that lists why an intent is not admitted, from the list in the code.</summary>
internal static class AdmissionPage
{
    public static string Of(IReadOnlyList<AdmissionCheck> checks)
    {
        var page = new StringBuilder("""
            # Why an intent is not admitted

            Written by a test from `AdmissionChecks.All`; `UPDATE_SNAPSHOTS=1` writes it anew. Asked in this order after the idempotency key
            and the form of the body (every wrong field at once, each by its JSON pointer). The first objection is the answer, and nothing
            is stored. What admission cannot know without a node is decided after it: `would_revert`, `no_effect`, `over_budget`,
            `sender_empty` ([failed or stuck](runbooks/failed-or-stuck-payment.md)).

            `invalid` is HTTP 400: as it is, it will never be admitted. `refused` is 422: another time it may be. `reference_used` is 409.

            | # | check | code | answer | cost | reads |
            |---|---|---|---|---|---|

            """);
        foreach ((int index, AdmissionCheck check) in checks.Index())
        {
            string answer = EnumText.Of(check.Answer);
            string cost = EnumText.Of(check.Cost);
            page.Append($"| {index + 1} | {check.Name} | `{check.Code}` | {answer} | {cost} | {check.Reads} |\n");
        }

        return page.ToString();
    }
}
