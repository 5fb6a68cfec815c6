using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Ledger;

/// <summary>
/// Writes the books, inside the caller's own database transaction. Post last: a posting locks its accounts until the commit. Errors are
/// <see cref="LedgerRefusedException"/>, after which the transaction can only be rolled back.
/// </summary>
internal sealed class LedgerStore
{
    /// <summary>Opens an account, or finds it open with the same meaning.</summary>
    /// <exception cref="LedgerRefusedException">It is open with another kind, asset or owner.</exception>
    public async Task<LedgerAccountId> OpenAccountAsync(DbSession session, AccountSpec account, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql("select ledger.open_account(@code, @kind, @asset, @owner)")
            .With("code", account.Code).With("kind", account.Kind).With("asset", account.Asset).With("owner", account.Owner);
        return new LedgerAccountId(await GuardAsync(() => statement.ScalarAsync<long>(cancellationToken)));
    }

    /// <summary>
    /// Posts a transaction, opening its accounts on the way. The same key again with the same content answers with the first transaction.
    /// A balance may go below zero: what was observed is always booked.
    /// </summary>
    /// <exception cref="LedgerRefusedException">Unbalanced, malformed, another posting's key, a hold that does not carry it.</exception>
    public async Task<PostResult> PostAsync(DbSession session, Posting posting, CancellationToken cancellationToken)
    {
        await OpenAccountsAsync(session, posting, cancellationToken);
        const string sql = """
            select transaction_id, already_posted
            from   ledger.post(
                     @id, @key, @kind, @context, @effective_at, @accounts, @sides, @amounts, @hold, @hold_amount, @source_position)
            """;
        Statement statement = session.Sql(sql)
            .With("id", posting.Id).With("key", posting.Key).With("kind", posting.Kind).WithJson("context", posting.Context)
            .With("effective_at", posting.EffectiveAt.ToUniversalTime())
            .WithArray("accounts", [.. posting.Lines.Select(line => line.Account.Code)], NpgsqlDbType.Text)
            .WithArray("sides", [.. posting.Lines.Select(line => EnumText.Of(line.Side))], NpgsqlDbType.Text)
            .WithArray("amounts", [.. posting.Lines.Select(line => line.Amount)], NpgsqlDbType.Numeric)
            .With("hold", posting.HoldUse?.Hold).With("hold_amount", posting.HoldUse?.Amount)
            .With("source_position", posting.SourcePosition);
        IReadOnlyList<PostResult> rows = await GuardAsync(() => statement.ReadAsync(
            reader => new PostResult(new LedgerTransactionId(reader.Uuid("transaction_id")), reader.Bool("already_posted")),
            cancellationToken));
        return rows[0];
    }

    /// <summary>
    /// Reserves money for one unit of work if the account has that much available. A repetition finds the hold that is there.
    /// Opens no account: one that was never posted to has nothing.
    /// </summary>
    /// <param name="session">The caller's transaction.</param>
    /// <param name="id">Used when the hold is new.</param>
    /// <param name="account">Where the money is.</param>
    /// <param name="amount">Above zero.</param>
    /// <param name="boundTo">The work, 1 to 200 characters: it holds once in each account, and only its end resolves the hold.</param>
    /// <param name="cancellationToken">Ends the wait for the account's lock.</param>
    /// <exception cref="LedgerRefusedException">The unit of work holds another amount in this account.</exception>
    public async Task<HoldResult> PlaceHoldAsync(
        DbSession session, HoldId id, AccountSpec account, TokenAmount amount, string boundTo, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql("select outcome, hold_id, available from ledger.place_hold(@id, @account, @amount, @bound_to)")
            .With("id", id).With("account", account.Code).With("amount", amount).With("bound_to", boundTo);
        IReadOnlyList<HoldResult> rows = await GuardAsync(() => statement.ReadAsync(ReadHoldResult, cancellationToken));
        return rows[0];
    }

    /// <summary>Gives back what remains of a hold; doing it again changes nothing.</summary>
    /// <exception cref="LedgerRefusedException">There is no such hold.</exception>
    public async Task<ReleaseResult> ReleaseHoldAsync(DbSession session, HoldId id, string reason, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql("select released, state from ledger.release_hold(@id, @reason)")
            .With("id", id).With("reason", reason);
        IReadOnlyList<ReleaseResult> rows = await GuardAsync(() => statement.ReadAsync(
            reader => new ReleaseResult(reader.Amount("released"), reader.State<HoldState>("state")), cancellationToken));
        return rows[0];
    }

    /// <summary>The holds of one unit of work, resolved ones too, in the order in which they were placed.</summary>
    public Task<IReadOnlyList<Hold>> HoldsAsync(DbSession session, string boundTo, CancellationToken cancellationToken) =>
        session.Sql($"select {LedgerQueries.HoldColumns} from ledger.v_hold where bound_to = @bound_to order by created_at, id limit 1000")
            .With("bound_to", boundTo).ReadAsync(LedgerQueries.ReadHold, cancellationToken);

    /// <summary>A hold as it stands.</summary>
    public Task<Hold?> FindHoldAsync(DbSession session, HoldId id, CancellationToken cancellationToken) =>
        session.Sql($"select {LedgerQueries.HoldColumns} from ledger.v_hold where id = @id").With("id", id)
            .ReadSingleAsync(LedgerQueries.ReadHold, cancellationToken);

    private static async Task OpenAccountsAsync(DbSession session, Posting posting, CancellationToken cancellationToken)
    {
        AccountSpec[] accounts = [.. posting.Lines.Select(line => line.Account).Distinct()];
        // Owners travel as text, because an array of uuid parameters holds no nulls.
        Statement statement = session.Sql("select ledger.open_accounts(@codes, @kinds, @assets, cast(@owners as uuid[]))")
            .WithArray("codes", [.. accounts.Select(account => account.Code)], NpgsqlDbType.Text)
            .WithArray("kinds", [.. accounts.Select(account => EnumText.Of(account.Kind))], NpgsqlDbType.Text)
            .WithArray("assets", [.. accounts.Select(account => account.Asset)], NpgsqlDbType.Text)
            .WithArray<string?>("owners", [.. accounts.Select(account => account.Owner?.ToString())], NpgsqlDbType.Text);
        await GuardAsync(() => statement.ExecuteAsync(cancellationToken));
    }

    private static HoldResult ReadHoldResult(NpgsqlDataReader reader)
    {
        SignedAmount available = reader.Signed("available");
        return reader.Text("outcome") switch
        {
            "held" => new HoldResult.Held(new HoldId(reader.Uuid("hold_id")), available),
            "already" => new HoldResult.Already(new HoldId(reader.Uuid("hold_id"))),
            "insufficient_funds" => new HoldResult.InsufficientFunds(available),
            string other => throw new InvalidOperationException($"'{other}' is no outcome of placing a hold."),
        };
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (PostgresException exception) when (LedgerRefusedException.ReasonOf(exception) is { } reason)
        {
            throw new LedgerRefusedException(reason, exception);
        }
    }
}
