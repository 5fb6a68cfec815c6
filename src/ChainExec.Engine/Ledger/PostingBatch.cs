using System.Globalization;
using System.Numerics;
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
        select codes, details, transactions, replays, culprits, versions, amounts, balances
        from   ledger.post_batch(
                 @ids, @keys, @prints, @kinds, @contexts, @effective, cast(@sources as bigint[]), cast(@actors as text[]),
                 cast(@nodes as text[]), cast(@intents as uuid[]), cast(@calls as uuid[]), cast(@externals as text[]),
                 cast(@reverses as uuid[]), cast(@groups as uuid[]), cast(@holds as uuid[]), cast(@hold_amounts as numeric[]),
                 cast(@modes as text[]), cast(@linked as boolean[]), cast(@observed as boolean[]), @codes, @account_kinds, @assets,
                 cast(@owners as uuid[]), @policies, @line_item, @line_account, @line_side, @line_amount, @freeze)
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
            .WithArray("ids", [.. postings.Select(posting => posting.Id.Value)], NpgsqlDbType.Uuid)
            .WithArray("keys", [.. postings.Select(posting => posting.Key)], NpgsqlDbType.Text)
            .WithArray("prints", [.. postings.Select(PostingFingerprint.Of)], NpgsqlDbType.Bytea)
            .WithArray("kinds", [.. postings.Select(posting => posting.Kind)], NpgsqlDbType.Text)
            .WithArray("contexts", [.. postings.Select(posting => posting.Context)], NpgsqlDbType.Text)
            .WithArray(
                "effective", [.. postings.Select(posting => PostingFingerprint.ToMicroseconds(posting.EffectiveAt))],
                NpgsqlDbType.TimestampTz)
            .WithArray("codes", [.. specs.Select(spec => spec.Code)], NpgsqlDbType.Text)
            .WithArray("account_kinds", [.. specs.Select(spec => EnumText.Of(spec.Kind))], NpgsqlDbType.Text)
            .WithArray("assets", [.. specs.Select(spec => spec.Asset)], NpgsqlDbType.Text)
            .WithArray<string?>("owners", [.. specs.Select(spec => spec.Owner?.ToString())], NpgsqlDbType.Text)
            .WithArray("policies", [.. specs.Select(spec => EnumText.Of(policies[spec.Code]))], NpgsqlDbType.Text)
            .WithArray("line_item", lineItem, NpgsqlDbType.Integer).WithArray("line_account", lineAccount, NpgsqlDbType.Integer)
            .WithArray("line_side", lineSide, NpgsqlDbType.Text).WithArray("line_amount", lineAmount, NpgsqlDbType.Numeric)
            .With("freeze", freeze);
        AddOptional(statement, postings);
        IReadOnlyList<IReadOnlyList<PostingOutcome>> rows =
            await statement.ReadAsync(reader => Read(reader, postings), cancellationToken);
        return rows[0];
    }

    // Columns that few postings use go as nothing at all when none does. As text, because an array of uuid parameters holds no nulls.
    private static void AddOptional(Statement statement, IReadOnlyList<Posting> postings)
    {
        Add("sources", posting => posting.SourcePosition?.ToString(CultureInfo.InvariantCulture));
        Add("actors", posting => posting.Lineage.Actor);
        Add("nodes", posting => posting.Lineage.FlowNode);
        Add("intents", posting => posting.Lineage.Intent?.ToString());
        Add("calls", posting => posting.Lineage.Call?.ToString());
        Add("externals", posting => posting.Lineage.ExternalEvent);
        Add("reverses", posting => posting.Reverses?.Value.ToString());
        Add("groups", posting => posting.Group?.ToString());
        Add("holds", posting => posting.HoldUse?.Hold.Value.ToString());
        Add("hold_amounts", posting => posting.HoldUse?.Amount?.ToString());
        Add("modes", posting => posting.Mode == PostingMode.Fixed ? null : EnumText.Of(posting.Mode));
        Add("linked", posting => posting.IsLinkedToNext ? "true" : null);
        Add("observed", posting => posting.IsObserved ? "true" : null);

        void Add(string name, Func<Posting, string?> value)
        {
            string?[] values = [.. postings.Select(value)];
            if (values.Any(one => one is not null))
                statement.WithArray<string?>(name, values, NpgsqlDbType.Text);
            else
                statement.With(name, null);
        }
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

    private static PostingOutcome[] Read(NpgsqlDataReader reader, IReadOnlyList<Posting> postings)
    {
        string[] codes = Array<string>(reader, "codes");
        string?[] details = Array<string?>(reader, "details");
        Guid?[] transactions = Array<Guid?>(reader, "transactions");
        bool[] replays = Array<bool>(reader, "replays");
        int?[] culprits = Array<int?>(reader, "culprits");
        long?[] versions = Array<long?>(reader, "versions");
        BigInteger?[] amounts = Array<BigInteger?>(reader, "amounts");
        BigInteger?[] balances = Array<BigInteger?>(reader, "balances");
        var outcomes = new PostingOutcome[codes.Length];
        int line = 0;
        for (int item = 0; item < outcomes.Length; item++)
        {
            LedgerCode code = EnumText.Parse<LedgerCode>(codes[item]);
            var lines = new LineOutcome[postings[item].Lines.Count];
            for (int n = 0; n < lines.Length; n++, line++)
            {
                lines[n] = code == LedgerCode.Posted
                    ? new LineOutcome(versions[line], Signed(amounts[line]), Signed(balances[line]))
                    : new LineOutcome(versions[line], Amount: null, Balance: null);
            }

            outcomes[item] = new PostingOutcome(
                code, transactions[item] is { } id ? new LedgerTransactionId(id) : null, replays[item],
                culprits[item] is { } culprit ? culprit - 1 : null, details[item], lines);
        }

        return outcomes;
    }

    private static SignedAmount? Signed(BigInteger? value) => value is { } units ? new SignedAmount(units) : null;

    private static T[] Array<T>(NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? [] : reader.GetFieldValue<T[]>(ordinal);
    }
}
