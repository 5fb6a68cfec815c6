namespace ChainExec.Server.Api.OpenApi;

/// <summary>A query parameter or header that an operation reads by itself.</summary>
internal sealed record ParameterText(string Name, string Description, bool IsHeader = false, bool Required = false, bool IsNumber = false)
{
    private static readonly ParameterText Key = new(
        "Idempotency-Key", "1 to 255 printable ASCII characters. The same key with the same body gets the first answer again, for ever.",
        IsHeader: true, Required: true);

    private static readonly ParameterText OptionalKey = Key with { Description = "Not needed: nothing is stored.", Required = false };
    private static readonly ParameterText Limit = new("limit", "Items on a page: 1 to 100, default 20.", IsNumber: true);
    private static readonly ParameterText Cursor = new("cursor", "The next_cursor of the page before.");

    /// <summary>What the operation of this id reads.</summary>
    public static IReadOnlyList<ParameterText> Of(string? operationId) => operationId switch
    {
        "SubmitIntent" => [Key],
        "SimulateIntent" => [OptionalKey],
        "GetIntent" => [new ParameterText("expand", "executions: with every attempt.")],
        "ListIntents" =>
        [
            new ParameterText("status", "Only intents with this status."),
            new ParameterText("account", "Only intents of this account: acc_… or its address."),
            Cursor,
            Limit,
        ],
        "GetTrialBalance" => [new ParameterText("scope", "own, or all for keys of the owner house.")],
        "ListLedgerAccounts" or "ListLedgerEntries" or "ListFlows" => [Cursor, Limit],
        "ListEvents" =>
        [
            new ParameterText("after", "The id of the last event that you have seen."),
            Limit,
            new ParameterText("Last-Event-ID", "What an event source sends when it connects again.", IsHeader: true),
        ],
        "TakeInbound" =>
        [
            new ParameterText("webhook-id", "The provider's id of the message: it counts once.", IsHeader: true, Required: true),
            new ParameterText("webhook-timestamp", "Seconds of Unix time, within 5 minutes of ours.", IsHeader: true, Required: true),
            new ParameterText("webhook-signature", "Standard Webhooks, v1: HMAC-SHA256.", IsHeader: true, Required: true),
        ],
        _ => [],
    };
}
