using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Balances and statements of the past. Each is one transaction that waits for whoever is recording in the account.</summary>
internal sealed class StatementQueries(UnitOfWork unitOfWork, LedgerQueries accounts)
{
    /// <summary>Entries of one page at most.</summary>
    public const int PageMax = 1000;

    /// <summary>The balance as it was recorded before a moment that has passed; nothing for an account that does not exist.</summary>
    /// <exception cref="LedgerRefusedException">The moment has not passed.</exception>
    public async Task<BalanceAt?> RecordedAsync(LedgerAccountId account, DateTimeOffset at, CancellationToken cancellationToken) =>
        await accounts.FindAccountAsync(account, cancellationToken) is not { } found
            ? null
            : await unitOfWork.RunAsync(
                async (session, token) =>
                {
                    long version = await VersionAtAsync(session, account, at, token);
                    return new BalanceAt(await BalanceAsync(session, found, version, token), version);
                },
                cancellationToken);

    /// <summary>The balance of what had happened before a moment, whenever recorded: it changes when something is back-dated.</summary>
    public async Task<BalanceAt?> EffectiveAsync(LedgerAccountId account, DateTimeOffset at, CancellationToken cancellationToken)
    {
        const string sql = """
            select coalesce(sum(case when e.side = a.normal_side then e.amount else -e.amount end), 0) as balance, count(*) as entries
            from   ledger.entry e
            join   ledger.account a on a.id = e.account_id
            join   ledger.transaction t on t.id = e.transaction_id
            where  e.account_id = @account and t.effective_at < @at
            """;
        if (await accounts.FindAccountAsync(account, cancellationToken) is null)
            return null;
        return await unitOfWork.RunAsync(
            async (session, token) => (await session.Sql(sql).With("account", account.Value).With("at", at)
                .ReadAsync(reader => new BalanceAt(reader.Signed("balance"), reader.Long("entries")), token))[0],
            cancellationToken);
    }

    /// <summary>A statement in recorded order.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="from">The first moment.</param>
    /// <param name="to">The first moment after; it has passed.</param>
    /// <param name="start">The version at which the page begins, from the page before.</param>
    /// <param name="limit">1 to 1,000 entries.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="LedgerRefusedException">The end has not passed.</exception>
    public async Task<AccountStatement?> StatementAsync(
        LedgerAccountId account, DateTimeOffset from, DateTimeOffset to, long? start, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit, Math.Clamp(limit, 1, PageMax));
        if (await accounts.FindAccountAsync(account, cancellationToken) is not { } found)
            return null;
        return await unitOfWork.RunAsync(
            async (session, token) =>
            {
                long before = await VersionAtAsync(session, account, from, token);
                long last = await VersionAtAsync(session, account, to, token);
                SignedAmount opening = await BalanceAsync(session, found, before, token);
                SignedAmount closing = await BalanceAsync(session, found, last, token);
                long first = Math.Clamp(start ?? 0, before + 1, last + 1);
                long end = Math.Min(last, first + limit - 1);
                IReadOnlyList<LedgerEntry> entries = await LedgerQueries.EntriesAsync(session, found, first, end, token);
                return new AccountStatement(
                    found, from, to, opening, closing, before + 1, last, entries, end < last ? end + 1 : null);
            },
            cancellationToken);
    }

    private static async Task<long> VersionAtAsync(
        DbSession session, LedgerAccountId account, DateTimeOffset at, CancellationToken cancellationToken)
    {
        try
        {
            return await session.Sql("select ledger.version_at(@account, @at)").With("account", account.Value)
                .With("at", at.ToUniversalTime()).ScalarAsync<long>(cancellationToken);
        }
        catch (Npgsql.PostgresException exception) when (LedgerRefusedException.ReasonOf(exception) is { } reason)
        {
            throw new LedgerRefusedException(reason, exception);
        }
    }

    private static async Task<SignedAmount> BalanceAsync(
        DbSession session, LedgerAccount account, long version, CancellationToken cancellationToken)
    {
        IReadOnlyList<LedgerEntry> entries = await LedgerQueries.EntriesAsync(session, account, version, version, cancellationToken);
        return entries.Count == 0 ? SignedAmount.Zero : entries[0].BalanceAfter;
    }
}
