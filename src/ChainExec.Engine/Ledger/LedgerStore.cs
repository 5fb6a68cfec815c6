using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Ledger;

/// <summary>
/// Writes the books, inside the caller's own database transaction. Post last: a posting locks its accounts until the commit. What only
/// can be rolled back from is a <see cref="LedgerRefusedException"/>.
/// </summary>
internal sealed class LedgerStore
{
    private const int PostingsMax = 1000;

    private const string PlaceHold = """
        select outcome, hold_id, available, replayed
        from   ledger.place_hold(
                 @id, @account, @amount, @bound_to, cast(@lasts as interval), @key, @print, @to, cast(@group as uuid), @actor)
        """;

    /// <summary>Opens an account, or finds it open with the same meaning.</summary>
    /// <exception cref="LedgerRefusedException">It is open with another kind, asset or owner.</exception>
    public async Task<LedgerAccountId> OpenAccountAsync(DbSession session, AccountSpec account, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql("select ledger.open_account(@code, @kind, @asset, cast(@owner as uuid), @policy)")
            .With("code", account.Code).With("kind", account.Kind).With("asset", account.Asset).With("owner", account.Owner)
            .With("policy", account.Policy);
        return new LedgerAccountId(await GuardAsync(() => statement.ScalarAsync<long>(cancellationToken)));
    }

    /// <summary>
    /// Posts a transaction that must succeed, opening its accounts on the way. The same key again with the same content answers with the
    /// first transaction.
    /// </summary>
    /// <exception cref="LedgerRefusedException">It was refused; the caller's transaction must not be committed.</exception>
    public async Task<PostResult> PostAsync(DbSession session, Posting posting, CancellationToken cancellationToken)
    {
        PostingOutcome outcome = (await PostInTransactionAsync(session, [posting], freeze: false, cancellationToken))[0];
        return outcome is { IsPosted: true, Transaction: { } transaction }
            ? new PostResult(transaction, outcome.IsReplay)
            : throw new LedgerRefusedException(outcome.Code, outcome.Detail);
    }

    /// <summary>
    /// Locks accounts in the order of postings, for who posts to some and gives back holds in others: in any other order two who do so
    /// could wait for one another.
    /// </summary>
    public Task<int> LockAsync(DbSession session, IReadOnlyList<string> codes, CancellationToken cancellationToken) =>
        codes.Count == 0
            ? Task.FromResult(0)
            : session.Sql("select ledger.lock_accounts(@codes)").WithArray("codes", codes, NpgsqlDbType.Text)
                .ExecuteAsync(cancellationToken);

    /// <summary>Posts transactions that must all succeed, one after another; as <see cref="PostAsync"/> does with one.</summary>
    /// <exception cref="LedgerRefusedException">One was refused; the caller's transaction must not be committed.</exception>
    public async Task PostAllAsync(DbSession session, IReadOnlyList<Posting> postings, CancellationToken cancellationToken)
    {
        foreach (Posting[] chunk in postings.Chunk(PostingsMax))
        {
            IReadOnlyList<PostingOutcome> outcomes = await PostInTransactionAsync(session, chunk, freeze: false, cancellationToken);
            if (outcomes.FirstOrDefault(outcome => outcome is not { IsPosted: true, Transaction: not null }) is { } refused)
                throw new LedgerRefusedException(refused.Code, refused.Detail);
        }
    }

    /// <summary>
    /// Posts transactions one after another, as the last thing before the caller's commit. A refusal is an answer: what else the caller
    /// wrote stands.
    /// </summary>
    /// <param name="session">The caller's transaction.</param>
    /// <param name="postings">1 to 1,000. Those linked to their next stand or fall together.</param>
    /// <param name="freeze">Whether a refusal that the books' state caused is kept under its key, so that it stays the answer.</param>
    /// <param name="cancellationToken">Ends the wait for locks.</param>
    public Task<IReadOnlyList<PostingOutcome>> PostInTransactionAsync(
        DbSession session, IReadOnlyList<Posting> postings, bool freeze, CancellationToken cancellationToken) =>
        GuardAsync(() => PostingBatch.RunAsync(session, postings, freeze, cancellationToken));

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
    /// <exception cref="LedgerRefusedException">
    /// The work holds another amount in this account, or its hold there is resolved, or the account takes none.
    /// </exception>
    public async Task<HoldResult> PlaceHoldAsync(
        DbSession session, HoldId id, AccountSpec account, TokenAmount amount, string boundTo, CancellationToken cancellationToken)
    {
        (string outcome, HoldOutcome held) = await PlaceAsync(
            session, new HoldRequest(id, account.Code, amount) { BoundTo = boundTo }, cancellationToken);
        return outcome switch
        {
            "held" => new HoldResult.Held(held.Hold!.Value, held.Available),
            "already" => new HoldResult.Already(held.Hold!.Value),
            "insufficient_funds" => new HoldResult.InsufficientFunds(held.Available),
            _ => throw new LedgerRefusedException(held.Code, detail: null),
        };
    }

    /// <summary>
    /// Reserves money for new work of many, locking each account once. Those that are placed: all of an account's or none, when they do not
    /// fit together or the account takes none. Why not, <see cref="PlaceHoldAsync(DbSession, HoldId, AccountSpec, TokenAmount, string,
    /// CancellationToken)"/> says one by one.
    /// </summary>
    /// <exception cref="LedgerRefusedException">One is malformed.</exception>
    public async Task<IReadOnlySet<HoldId>> PlaceHoldsAsync(
        DbSession session, IReadOnlyList<HoldRequest> holds, CancellationToken cancellationToken)
    {
        if (holds.Count == 0)
            return new HashSet<HoldId>();
        Statement statement = session.Sql("select hold_id from ledger.place_holds(@ids, @accounts, @amounts, @bound_to)")
            .WithArray("ids", [.. holds.Select(hold => hold.Id)], NpgsqlDbType.Uuid)
            .WithArray("accounts", [.. holds.Select(hold => hold.AccountCode)], NpgsqlDbType.Text)
            .WithArray("amounts", [.. holds.Select(hold => hold.Amount)], NpgsqlDbType.Numeric)
            .WithArray("bound_to", [.. holds.Select(hold => hold.BoundTo)], NpgsqlDbType.Text);
        IReadOnlyList<HoldId> placed = await GuardAsync(
            () => statement.ReadAsync(reader => new HoldId(reader.GetGuid(0)), cancellationToken));
        return placed.ToHashSet();
    }

    /// <summary>Reserves money, for work or for a time. A refusal is an answer, and is kept under the key if there is one.</summary>
    /// <exception cref="LedgerRefusedException">Malformed, or the work holds another amount there.</exception>
    public async Task<HoldOutcome> PlaceHoldAsync(DbSession session, HoldRequest request, CancellationToken cancellationToken) =>
        (await PlaceAsync(session, request, cancellationToken)).Held;

    /// <summary>Gives back what remains of a hold; doing it again changes nothing.</summary>
    /// <param name="session">The caller's transaction.</param>
    /// <param name="id">The hold.</param>
    /// <param name="by">What it is bound to, or the part up to a colon that all of a kind have; nothing for a timed one.</param>
    /// <param name="reason">Cut after 200 characters.</param>
    /// <param name="cancellationToken">Ends the wait for the account's lock.</param>
    /// <exception cref="LedgerRefusedException">There is no such hold, or it is bound to something else.</exception>
    public async Task<ReleaseResult> ReleaseHoldAsync(
        DbSession session, HoldId id, string? by, string reason, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql("select released, state from ledger.release_hold(@id, @by, @reason)")
            .With("id", id).With("by", by).With("reason", reason);
        IReadOnlyList<ReleaseResult> rows = await GuardAsync(() => statement.ReadAsync(
            reader => new ReleaseResult(reader.Amount("released"), reader.State<HoldState>("state")), cancellationToken));
        return rows[0];
    }

    /// <summary>Gives back what remains of several holds, in this order; as <see cref="ReleaseHoldAsync"/> does with one.</summary>
    /// <exception cref="LedgerRefusedException">There is no such hold, or it is bound to something else.</exception>
    public async Task ReleaseHoldsAsync(
        DbSession session, IReadOnlyList<(HoldId Hold, string Reason)> holds, string by, CancellationToken cancellationToken)
    {
        if (holds.Count == 0)
            return;
        Statement statement = session.Sql("""
            select r.state
            from   unnest(@ids, @reasons) with ordinality as h (id, reason, place)
            cross  join lateral ledger.release_hold(h.id, @by, h.reason) r
            order  by h.place
            """)
            .WithArray("ids", [.. holds.Select(each => each.Hold)], NpgsqlDbType.Uuid)
            .WithArray("reasons", [.. holds.Select(each => each.Reason)], NpgsqlDbType.Text).With("by", by);
        await GuardAsync(() => statement.ExecuteAsync(cancellationToken));
    }

    /// <summary>Gives back what remains of every hold of a group, all in one; how much of each.</summary>
    public async Task<IReadOnlyList<(HoldId Hold, ReleaseResult Result)>> ReleaseGroupAsync(
        DbSession session, Guid group, string reason, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql("select hold_id, released, state from ledger.release_group(@group, @reason)")
            .With("group", group).With("reason", reason);
        return await GuardAsync(() => statement.ReadAsync(
            reader => (new HoldId(reader.Uuid("hold_id")), new ReleaseResult(reader.Amount("released"), reader.State<HoldState>("state"))),
            cancellationToken));
    }

    /// <summary>The holds of one unit of work, resolved ones too, in the order in which they were placed.</summary>
    public Task<IReadOnlyList<Hold>> HoldsAsync(DbSession session, string boundTo, CancellationToken cancellationToken) =>
        session.Sql($"select {LedgerQueries.HoldColumns} from ledger.v_hold where bound_to = @bound_to order by created_at, id limit 1000")
            .With("bound_to", boundTo).ReadAsync(LedgerQueries.ReadHold, cancellationToken);

    /// <summary>The same for several units of work, by what they are bound to.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Hold>>> HoldsOfAsync(
        DbSession session, IReadOnlyList<string> boundTo, CancellationToken cancellationToken)
    {
        if (boundTo.Count == 0)
            return new Dictionary<string, IReadOnlyList<Hold>>();
        IReadOnlyList<(string BoundTo, Hold Hold)> rows = await session
            .Sql($"""
                select bound_to as work, {LedgerQueries.HoldColumns} from ledger.v_hold
                where  bound_to = any (@bound_to) order by created_at, id limit 10000
                """)
            .WithArray("bound_to", boundTo, NpgsqlDbType.Text)
            .ReadAsync(reader => (reader.Text("work"), LedgerQueries.ReadHold(reader)), cancellationToken);
        return rows.GroupBy(row => row.BoundTo, row => row.Hold, StringComparer.Ordinal)
            .ToDictionary(work => work.Key, work => (IReadOnlyList<Hold>)[.. work], StringComparer.Ordinal);
    }

    /// <summary>Holds as they stand; those that do not exist are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, Hold>> FindHoldsAsync(
        DbSession session, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return new Dictionary<Guid, Hold>();
        IReadOnlyList<Hold> rows = await session.Sql($"select {LedgerQueries.HoldColumns} from ledger.v_hold where id = any (@ids)")
            .WithArray("ids", ids, NpgsqlDbType.Uuid).ReadAsync(LedgerQueries.ReadHold, cancellationToken);
        return rows.ToDictionary(hold => hold.Id.Value);
    }

    /// <summary>A hold as it stands.</summary>
    public async Task<Hold?> FindHoldAsync(DbSession session, HoldId id, CancellationToken cancellationToken) =>
        (await FindHoldsAsync(session, [id.Value], cancellationToken)).GetValueOrDefault(id.Value);

    /// <summary>Changes limits, tags, or whether an account takes postings; each change is a row with who and why.</summary>
    /// <exception cref="LedgerRefusedException">There is no such account, or it cannot have such limits.</exception>
    public Task ChangeAccountAsync(DbSession session, AccountChange change, CancellationToken cancellationToken)
    {
        const string sql = """
            select ledger.change_account(
              @code, cast(@debits as boolean), cast(@credits as boolean), cast(@overdraft as numeric), cast(@closed as boolean),
              string_to_array(@tags, ','), @actor, @reason)
            """;
        Statement statement = session.Sql(sql)
            .With("code", change.Code).With("debits", change.DebitsMustNotExceedCredits).With("credits", change.CreditsMustNotExceedDebits)
            .With("overdraft", change.Overdraft).With("closed", change.Closed)
            .With("tags", change.Tags is null ? null : string.Join(',', change.Tags)).With("actor", change.Actor)
            .With("reason", change.Reason);
        return GuardAsync(() => statement.ExecuteAsync(cancellationToken));
    }

    private static async Task<(string Outcome, HoldOutcome Held)> PlaceAsync(
        DbSession session, HoldRequest request, CancellationToken cancellationToken)
    {
        Statement statement = session.Sql(PlaceHold)
            .With("id", request.Id).With("account", request.AccountCode).With("amount", request.Amount).With("bound_to", request.BoundTo)
            .With("lasts", request.Lasts).With("key", request.Key?.Key)
            .With("print", request.Key is { } key ? Convert.ToHexStringLower(key.Fingerprint) : null)
            .With("to", request.ToAccountCode).With("group", request.Group).With("actor", request.Actor);
        IReadOnlyList<(string, HoldOutcome)> rows = await GuardAsync(() => statement.ReadAsync(ReadHoldOutcome, cancellationToken));
        return rows[0];
    }

    private static (string Outcome, HoldOutcome Held) ReadHoldOutcome(NpgsqlDataReader reader)
    {
        string outcome = reader.Text("outcome");
        LedgerCode code = outcome == "already" ? LedgerCode.Held : EnumText.Parse<LedgerCode>(outcome);
        HoldId? hold = reader.UuidOrNull("hold_id") is { } id ? new HoldId(id) : null;
        return (outcome, new HoldOutcome(code, hold, reader.Signed("available"), reader.Bool("replayed")));
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
