using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ledger;

namespace ChainExec.Server.Api.Ledger;

/// <summary>Reads transactions that are posted by hand, with the accounts that they name.</summary>
internal sealed class JournalReader(LedgerQueries accounts, TransactionQueries transactions, TimeProvider clock)
{
    private const int ReasonLengthMax = 500;
    private const int MetadataBytesMax = 8 * 1024;

    private static readonly string[] Fields = ["reason", "kind", "effective_at", "entries", "reverses", "up_to", "external_event",
        "flow_node", "group", "linked_to_next", "metadata"];

    /// <summary>The posting, or nothing and at least one error.</summary>
    public async Task<Posting?> ReadAsync(
        JsonElement body, string pointer, LedgerRequest request, int item, List<FieldError> errors, CancellationToken cancellationToken)
    {
        string key = request.KeyOf(item);
        int before = errors.Count;
        var fields = new BodyFields(body, pointer, errors, Fields);
        string reason = fields.RequiredText("reason", ReasonLengthMax);
        string kind = fields.Text("kind", 60) ?? "journal";
        if (!kind.All(letter => char.IsAsciiLetterLower(letter) || letter is '.' or '_') || !char.IsAsciiLetterLower(kind[0]))
            fields.Refuse("kind", "invalid_kind", "kind is made of lower-case letters, points and underscores.");
        var posting = new Posting
        {
            Id = new LedgerTransactionId(Guid.CreateVersion7(clock.GetUtcNow())),
            Key = key,
            Kind = kind,
            Context = JsonSerializer.Serialize(new { reason, metadata = ReadMetadata(fields) }),
            EffectiveAt = fields.Time("effective_at") ?? clock.GetUtcNow(),
            Lines = [],
            Mode = fields.Flag("up_to") == true ? PostingMode.UpTo : PostingMode.Fixed,
            Lineage = new PostingLineage(request.Actor, fields.Text("flow_node", 200), null, null, fields.Text("external_event", 200)),
            Reverses = fields.Id("reverses", LedgerTransactionId.Prefix) is { } id ? new LedgerTransactionId(id) : null,
            Group = fields.Id("group", TransactionBody.GroupPrefix),
            IsLinkedToNext = fields.Flag("linked_to_next") ?? false,
            Fingerprint = request.FingerprintOf(body),
        };
        if (fields.Raw("entries") is null && posting.Reverses is { } original)
        {
            posting = await transactions.FindAsync(original, cancellationToken) is { } found
                ? posting with { Lines = found.Reversal(posting.Id, key, posting.EffectiveAt).Lines }
                : Refused(posting, fields);
        }
        else
        {
            posting = posting with { Lines = await ReadLinesAsync(fields, errors, cancellationToken) };
        }

        return errors.Count == before ? posting : null;
    }

    /// <summary>An account by <c>lac_…</c> or its code.</summary>
    public Task<LedgerAccount?> FindAccountAsync(string text, CancellationToken cancellationToken) =>
        LedgerAccountId.TryParse(text, out LedgerAccountId id)
            ? accounts.FindAccountAsync(id, cancellationToken)
            : accounts.FindAccountAsync(text, cancellationToken);

    private static Posting Refused(Posting posting, BodyFields fields)
    {
        fields.Refuse("reverses", "unknown_transaction", "There is no such transaction.");
        return posting;
    }

    private async Task<IReadOnlyList<PostingLine>> ReadLinesAsync(
        BodyFields fields, List<FieldError> errors, CancellationToken cancellationToken)
    {
        var lines = new List<PostingLine>();
        foreach ((JsonElement item, string pointer) in fields.Items("entries", 2, 100))
        {
            var entry = new BodyFields(item, pointer, errors, "account", "side", "amount");
            string account = entry.RequiredText("account", 200);
            EntrySide? side = entry.Word<EntrySide>("side");
            if (side is null && entry.Raw("side") is null)
                entry.Refuse("side", "required", "side is debit or credit.");
            TokenAmount amount = entry.RequiredAmount("amount");
            if (account.Length == 0)
                continue;
            if (await FindAccountAsync(account, cancellationToken) is { } found)
                lines.Add(new PostingLine(found.Spec, side ?? EntrySide.Debit, amount));
            else
                entry.Refuse("account", "unknown_account", "There is no such account in the books.");
        }

        return lines;
    }

    private static JsonElement? ReadMetadata(BodyFields fields)
    {
        if (fields.Raw("metadata") is not { } metadata)
            return null;
        if (metadata.ValueKind != JsonValueKind.Object || metadata.GetRawText().Length > MetadataBytesMax)
            fields.Refuse("metadata", "invalid_metadata", "metadata is a JSON object of at most 8 KiB.");
        return metadata;
    }
}
