using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Payments;

/// <summary>Refill rules, and the refills that followed from them.</summary>
internal sealed class RefillStore(IncidentStore incidents, TimeProvider clock)
{
    /// <summary>The kind of the incident that a sender below its threshold is not refilled.</summary>
    public const string StoppedIncident = "refill_stopped";

    /// <summary>The kind of the incident that nobody tells the balance of a sender.</summary>
    public const string BalanceUnknownIncident = "refill_balance_unknown";

    private const string RuleColumns = "chain_id, sender, owner_id, source, threshold, amount, daily_cap";
    private const string Columns = "id, chain_id, sender, ordinal, owner_id, source, amount, intent_id";

    /// <summary>Sets the rule of a sender; the one that was there before ends.</summary>
    public Task<int> SetAsync(DbSession session, RefillRule rule, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into payments.refill_rule (chain_id, sender, owner_id, source, threshold, amount, daily_cap, set_by)
            values (@chain, @sender, @owner, @source, @threshold, @amount, @cap, @actor)
            on conflict (chain_id, sender) do update
            set    owner_id = excluded.owner_id, source = excluded.source, threshold = excluded.threshold, amount = excluded.amount,
                   daily_cap = excluded.daily_cap, set_by = excluded.set_by, set_at = storage.clock(), next_check_at = storage.clock(),
                   balance_unknown_since = null
            """;
        return session.Sql(sql).With("chain", rule.Chain).With("sender", rule.Sender).With("owner", rule.Owner).With("source", rule.Source)
            .With("threshold", rule.Threshold).With("amount", rule.Amount).With("cap", rule.DailyCap).With("actor", actor)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Ends the rule of a sender, and with it what was told of the rule. What is on its way goes on.</summary>
    public async Task<bool> RemoveAsync(DbSession session, long chain, Address sender, CancellationToken cancellationToken)
    {
        bool removed = await session.Sql("delete from payments.refill_rule where chain_id = @chain and sender = @sender")
            .With("chain", chain).With("sender", sender).ExecuteAsync(cancellationToken) == 1;
        await incidents.CloseAsync(session, StoppedIncident, SubjectOf(chain, sender), cancellationToken);
        await incidents.CloseAsync(session, BalanceUnknownIncident, SubjectOf(chain, sender), cancellationToken);
        return removed;
    }

    /// <summary>What its incidents are about.</summary>
    public static string SubjectOf(long chain, Address sender) => $"{chain}:{sender}";

    /// <summary>Nobody told the balance now. Since when that is so, once it has lasted for the bound.</summary>
    public async Task<DateTimeOffset?> BalanceUnknownAsync(
        DbSession session, RefillRule rule, TimeSpan bound, CancellationToken cancellationToken)
    {
        IReadOnlyList<DateTimeOffset?> rows = await session.Sql("""
            update payments.refill_rule set balance_unknown_since = coalesce(balance_unknown_since, storage.clock())
            where  chain_id = @chain and sender = @sender
            returning case when balance_unknown_since + @bound <= storage.clock() then balance_unknown_since end as since
            """)
            .With("chain", rule.Chain).With("sender", rule.Sender).With("bound", bound)
            .ReadAsync(reader => reader.TimeOrNull("since"), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The balance is known again.</summary>
    public async Task BalanceKnownAsync(DbSession session, RefillRule rule, CancellationToken cancellationToken)
    {
        int was = await session.Sql("""
            update payments.refill_rule set balance_unknown_since = null
            where  chain_id = @chain and sender = @sender and balance_unknown_since is not null
            """)
            .With("chain", rule.Chain).With("sender", rule.Sender).ExecuteAsync(cancellationToken);
        if (was == 1)
            await incidents.CloseAsync(session, BalanceUnknownIncident, SubjectOf(rule.Chain, rule.Sender), cancellationToken);
    }

    /// <summary>The rules, by chain and sender.</summary>
    public Task<IReadOnlyList<RefillRule>> RulesAsync(DbSession session, int limit, CancellationToken cancellationToken) =>
        session.Sql($"select {RuleColumns} from payments.refill_rule order by chain_id, sender limit @limit").With("limit", limit)
            .ReadAsync(ReadRule, cancellationToken);

    /// <summary>Rules whose sender is to be looked at now; each is due again after the interval, whatever comes of this look.</summary>
    public Task<IReadOnlyList<RefillRule>> TakeDueAsync(
        DbSession session, TimeSpan interval, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            update payments.refill_rule set next_check_at = storage.clock() + @interval
            where  (chain_id, sender) in (
                select chain_id, sender from payments.refill_rule where next_check_at <= storage.clock()
                order by next_check_at limit @limit for update skip locked)
            returning {RuleColumns}
            """;
        return session.Sql(sql).With("interval", interval).With("limit", limit).ReadAsync(ReadRule, cancellationToken);
    }

    /// <summary>
    /// The rule as it stands, locked: who decides about a refill holds it, so that two processes cannot decide on one each.
    /// </summary>
    public Task<RefillRule?> LockAsync(DbSession session, RefillRule rule, CancellationToken cancellationToken) =>
        session.Sql($"select {RuleColumns} from payments.refill_rule where chain_id = @chain and sender = @sender for update")
            .With("chain", rule.Chain).With("sender", rule.Sender).ReadSingleAsync(ReadRule, cancellationToken);

    /// <summary>The newest refill of a sender, and how far it came.</summary>
    public async Task<(Refill Refill, RefillProgress Progress)?> NewestAsync(
        DbSession session, RefillRule rule, CancellationToken cancellationToken)
    {
        // Its family's status; one that ended otherwise, or that admission never took, is let pass once the rule was set anew.
        const string sql = $"""
            select {Columns},
                   (select i.state from execution.v_intent i where i.root_id = r.intent_id order by i.generation desc limit 1) as status,
                   (select u.set_at > r.asked_at from payments.refill_rule u
                    where u.chain_id = r.chain_id and u.sender = r.sender) as is_set_anew,
                   r.intent_id is not null or exists (
                        select from execution.v_intent i
                        where  i.owner_id = r.owner_id
                        and    i.client_reference = concat_ws(':', 'refill', r.chain_id, '0x' || encode(r.sender, 'hex'), r.ordinal)
                   ) as is_admitted
            from   payments.refill r
            where  chain_id = @chain and sender = @sender
            order  by ordinal desc limit 1
            """;
        IReadOnlyList<(Refill, RefillProgress)> rows = await session.Sql(sql).With("chain", rule.Chain).With("sender", rule.Sender)
            .ReadAsync(
                reader => (Read(reader), reader.TextOrNull("status") switch
                {
                    "confirmed" => RefillProgress.Done,
                    "failed" or "cancelled" or "expired" when !reader.Bool("is_set_anew") => RefillProgress.Failed,
                    "failed" or "cancelled" or "expired" => RefillProgress.Done,
                    null when reader.Bool("is_set_anew") && !reader.Bool("is_admitted") => RefillProgress.Done,
                    _ => RefillProgress.Open,
                }),
                cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>What the refills of the sender that were decided on this UTC day come to, but those that ended without paying.</summary>
    public async Task<TokenAmount> TodayAsync(DbSession session, RefillRule rule, CancellationToken cancellationToken)
    {
        const string sql = """
            select coalesce(sum(r.amount), 0) as sum from payments.refill r
            where  chain_id = @chain and sender = @sender
            and    coalesce((select i.state from execution.v_intent i where i.root_id = r.intent_id order by i.generation desc limit 1), '')
                   not in ('failed', 'cancelled', 'expired')
            and    (r.intent_id is not null or r.asked_at >= (select u.set_at from payments.refill_rule u
                                                              where u.chain_id = r.chain_id and u.sender = r.sender))
            and    asked_at >= date_trunc('day', storage.clock() at time zone 'UTC') at time zone 'UTC'
            """;
        return (await session.Sql(sql).With("chain", rule.Chain).With("sender", rule.Sender)
            .ReadAsync(reader => reader.Amount("sum"), cancellationToken))[0];
    }

    /// <summary>Decides on the next refill. It is a row before anything is asked of admission.</summary>
    public async Task<Refill> DecideAsync(
        DbSession session, RefillRule rule, TokenAmount balance, CancellationToken cancellationToken)
    {
        const string sql = $"""
            insert into payments.refill (id, chain_id, sender, ordinal, owner_id, source, amount, balance)
            select @id, @chain, @sender, coalesce(max(ordinal), 0) + 1, @owner, @source, @amount, @balance
            from   payments.refill where chain_id = @chain and sender = @sender
            returning {Columns}
            """;
        return (await session.Sql(sql).With("id", Guid.CreateVersion7(clock.GetUtcNow())).With("chain", rule.Chain)
            .With("sender", rule.Sender).With("owner", rule.Owner).With("source", rule.Source).With("amount", rule.Amount)
            .With("balance", balance).ReadSingleAsync(Read, cancellationToken))!;
    }

    /// <summary>It is admitted.</summary>
    public Task<int> AdmittedAsync(DbSession session, Refill refill, Guid intent, CancellationToken cancellationToken) =>
        session.Sql("update payments.refill set intent_id = @intent where id = @id").With("intent", intent).With("id", refill.Id)
            .ExecuteAsync(cancellationToken);

    private static RefillRule ReadRule(NpgsqlDataReader reader) => new(
        reader.Long("chain_id"), reader.Address("sender"), reader.Uuid("owner_id"), reader.Address("source"), reader.Amount("threshold"),
        reader.Amount("amount"), reader.Amount("daily_cap"));

    private static Refill Read(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.Long("chain_id"), reader.Address("sender"), reader.Int("ordinal"), reader.Uuid("owner_id"),
        reader.Address("source"), reader.Amount("amount"), reader.UuidOrNull("intent_id"));
}
