using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Ledger;

/// <summary>Postings as the arguments of the one function that posts, and its answer as outcomes.</summary>
internal static class PostingBatch
{
    /// <summary>Postings in one call at most.</summary>
    public const int SizeMax = 1000;

    private const string Sql = """
        select item, code, transaction_id, replayed, culprit, detail, versions, amounts, balances
        from   ledger.post_batch(
                 cast(@items as jsonb), @codes, @kinds, @assets, cast(@owners as uuid[]), @policies, @line_item, @line_account, @line_side,
                 @line_amount, @freeze)
        """;

    /// <summary>Runs the function once.</summary>
    /// <param name="session">The caller's transaction; this is the last thing it does before the commit.</param>
    /// <param name="postings">1 to 1,000, judged in this order.</param>
    /// <param name="freeze">Whether refusals are kept under their keys.</param>
    /// <param name="cancellationToken">Ends the wait for locks.</param>
    public static async Task<IReadOnlyList<PostingOutcome>> RunAsync(
        DbSession session, IReadOnlyList<Posting> postings, bool freeze, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(postings.Count, Math.Clamp(postings.Count, 1, SizeMax));
        var accounts = new Dictionary<AccountSpec, int>();
        var lineItem = new List<int>(postings.Count * 2);
        var lineAccount = new List<int>(postings.Count * 2);
        var lineSide = new List<string>(postings.Count * 2);
        var lineAmount = new List<BigInteger>(postings.Count * 2);
        for (int item = 0; item < postings.Count; item++)
        {
            foreach (PostingLine line in postings[item].Lines)
            {
                AccountSpec meaning = line.Account with { Policy = AccountPolicy.Strict };
                if (!accounts.TryGetValue(meaning, out int account))
                    accounts.Add(meaning, account = accounts.Count + 1);
                lineItem.Add(item + 1);
                lineAccount.Add(account);
                lineSide.Add(EnumText.Of(line.Side));
                lineAmount.Add(line.Amount.BaseUnits);
            }
        }

        Dictionary<string, AccountPolicy> policies = [];
        foreach (PostingLine line in postings.SelectMany(posting => posting.Lines))
            policies.TryAdd(line.Account.Code, line.Account.Policy);
        AccountSpec[] specs = [.. accounts.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
        if (specs.Length == 0 || policies.Count != specs.Length)
            return [.. postings.Select(posting => OfNoAccounts(posting, specs))];
        Statement statement = session.Sql(Sql)
            .With("items", Items(postings))
            .WithArray("codes", [.. specs.Select(spec => spec.Code)], NpgsqlDbType.Text)
            .WithArray("kinds", [.. specs.Select(spec => EnumText.Of(spec.Kind))], NpgsqlDbType.Text)
            .WithArray("assets", [.. specs.Select(spec => spec.Asset)], NpgsqlDbType.Text)
            // Owners travel as text, because an array of uuid parameters holds no nulls.
            .WithArray<string?>("owners", [.. specs.Select(spec => spec.Owner?.ToString())], NpgsqlDbType.Text)
            .WithArray("policies", [.. specs.Select(spec => EnumText.Of(policies[spec.Code]))], NpgsqlDbType.Text)
            .WithArray("line_item", lineItem, NpgsqlDbType.Integer).WithArray("line_account", lineAccount, NpgsqlDbType.Integer)
            .WithArray("line_side", lineSide, NpgsqlDbType.Text).WithArray("line_amount", lineAmount, NpgsqlDbType.Numeric)
            .With("freeze", freeze);
        IReadOnlyList<(int Item, PostingOutcome Outcome)> rows = await statement.ReadAsync(Read, cancellationToken);
        return [.. rows.OrderBy(row => row.Item).Select(row => row.Outcome)];
    }

    // The whole call names no account, or one code with two meanings: nothing that could be judged.
    private static PostingOutcome OfNoAccounts(Posting posting, AccountSpec[] specs)
    {
        string[] twice = [.. specs.GroupBy(spec => spec.Code).Where(group => group.Count() > 1).Select(group => group.Key)];
        PostingLine? wrong = posting.Lines.Cast<PostingLine?>().FirstOrDefault(line => twice.Contains(line!.Value.Account.Code));
        return wrong is { } line
            ? new PostingOutcome(
                LedgerCode.AccountOfAnotherMeaning, null, false, null, $"account {line.Account.Code} has two meanings in one call", [])
            : new PostingOutcome(LedgerCode.Malformed, null, false, null, "the call cannot be judged as a whole", []);
    }

    private static (int Item, PostingOutcome Outcome) Read(NpgsqlDataReader reader)
    {
        long?[] versions = Array<long?>(reader, "versions");
        BigInteger?[] amounts = Array<BigInteger?>(reader, "amounts");
        BigInteger?[] balances = Array<BigInteger?>(reader, "balances");
        var lines = new LineOutcome[versions.Length];
        for (int line = 0; line < lines.Length; line++)
        {
            lines[line] = new LineOutcome(
                versions[line], Signed(line < amounts.Length ? amounts[line] : null),
                Signed(line < balances.Length ? balances[line] : null));
        }

        Guid? transaction = reader.UuidOrNull("transaction_id");
        int? culprit = reader.IsDBNull(reader.GetOrdinal("culprit")) ? null : reader.GetInt32(reader.GetOrdinal("culprit")) - 1;
        return (
            reader.GetInt32(reader.GetOrdinal("item")),
            new PostingOutcome(
                reader.State<LedgerCode>("code"), transaction is { } id ? new LedgerTransactionId(id) : null, reader.Bool("replayed"),
                culprit, reader.TextOrNull("detail"), lines));
    }

    private static SignedAmount? Signed(BigInteger? value) => value is { } units ? new SignedAmount(units) : null;

    private static T[] Array<T>(NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? [] : reader.GetFieldValue<T[]>(ordinal);
    }

    private static string Items(IReadOnlyList<Posting> postings)
    {
        var buffer = new ArrayBufferWriter<byte>(postings.Count * 400);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (Posting posting in postings)
                Write(json, posting);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Posting posting)
    {
        json.WriteStartObject();
        json.WriteString("id", posting.Id.Value);
        json.WriteString("key", posting.Key);
        json.WriteString("print", Convert.ToHexStringLower(PostingFingerprint.Of(posting)));
        json.WriteString("kind", posting.Kind);
        json.WriteString("context", posting.Context);
        DateTimeOffset effective = PostingFingerprint.ToMicroseconds(posting.EffectiveAt);
        json.WriteString("effective", effective.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        if (posting.SourcePosition is { } source)
            json.WriteNumber("source", source);
        PostingLineage lineage = posting.Lineage;
        WriteText(json, "actor", lineage.Actor);
        WriteText(json, "node", lineage.FlowNode);
        WriteText(json, "intent", lineage.Intent?.ToString());
        WriteText(json, "call", lineage.Call?.ToString());
        WriteText(json, "external", lineage.ExternalEvent);
        WriteText(json, "reverses", posting.Reverses?.Value.ToString());
        WriteText(json, "group", posting.Group?.ToString());
        WriteText(json, "hold", posting.HoldUse?.Hold.Value.ToString());
        WriteText(json, "hold_amount", posting.HoldUse?.Amount?.ToString());
        if (posting.Mode != PostingMode.Fixed)
            json.WriteString("mode", EnumText.Of(posting.Mode));
        if (posting.IsLinkedToNext)
            json.WriteBoolean("linked", true);
        if (posting.IsObserved)
            json.WriteBoolean("observed", true);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
