using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Governance;

/// <summary>Makes, lifts and finds freezes. Each change is audited in the same transaction.</summary>
internal sealed class FreezeStore(OwnerStore audit, TimeProvider clock)
{
    private const string Columns = "id, scope, subject, reason, frozen_by, frozen_at, list";

    /// <summary>Freezes something. False when it is frozen already.</summary>
    public async Task<bool> FreezeAsync(
        DbSession session, FreezeScope scope, string subject, string reason, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into governance.freeze (id, scope, subject, reason, frozen_by)
            values (@id, @scope, @subject, @reason, @actor)
            on conflict (scope, subject, coalesce(list, '')) where lifted_at is null do nothing
            """;
        int made = await session.Sql(sql).With("id", Guid.CreateVersion7(clock.GetUtcNow())).With("scope", scope).With("subject", subject)
            .With("reason", reason).With("actor", actor).ExecuteAsync(cancellationToken);
        if (made == 1)
            await audit.AuditAsync(
                session, actor, "freeze.make", $"{EnumText.Of(scope)}:{subject}", new { reason }, cancellationToken);
        session.WakeWorkersAfterCommit();
        return made == 1;
    }

    /// <summary>Lifts a freeze. False when there is none.</summary>
    public async Task<bool> LiftAsync(
        DbSession session, FreezeScope scope, string subject, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            update governance.freeze set lifted_by = @actor, lifted_at = storage.clock()
            where  scope = @scope and subject = @subject and list is null and lifted_at is null
            """;
        int lifted = await session.Sql(sql).With("scope", scope).With("subject", subject).With("actor", actor)
            .ExecuteAsync(cancellationToken);
        if (lifted == 1)
            await audit.AuditAsync(session, actor, "freeze.lift", $"{EnumText.Of(scope)}:{subject}", new { }, cancellationToken);
        session.WakeWorkersAfterCommit();
        return lifted == 1;
    }

    /// <summary>Whether there is any freeze or halt at all.</summary>
    public Task<bool> IsAnyAsync(DbSession session, CancellationToken cancellationToken) =>
        // By its index: what was lifted is in the way of whoever looks at the table.
        session.Sql("select (select id from governance.freeze where lifted_at is null order by frozen_at limit 1) is not null")
            .ScalarAsync<bool>(cancellationToken);

    /// <summary>The first freeze that concerns a payment, a freeze before a halt; nothing when none does.</summary>
    public async Task<Freeze?> FindAsync(DbSession session, FreezeQuestion question, CancellationToken cancellationToken) =>
        (await FindManyAsync(session, [question], cancellationToken))[0];

    /// <summary>The same of several payments, in their order, by one statement that looks up each subject once.</summary>
    public async Task<IReadOnlyList<Freeze?>> FindManyAsync(
        DbSession session, IReadOnlyList<FreezeQuestion> questions, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {Columns} from governance.freeze
            where  lifted_at is null and (scope, subject) in (select * from unnest(@scopes, @subjects))
            order  by scope in ('all', 'chain'), frozen_at
            """;
        HashSet<(FreezeScope Scope, string Subject)>[] subjects = [.. questions.Select(SubjectsOf)];
        (FreezeScope Scope, string Subject)[] all = [.. subjects.SelectMany(each => each).Distinct()];
        if (all.Length == 0)
            return [];
        IReadOnlyList<Freeze> found = await session.Sql(sql)
            .WithArray("scopes", [.. all.Select(each => EnumText.Of(each.Scope))], NpgsqlDbType.Text)
            .WithArray("subjects", [.. all.Select(each => each.Subject)], NpgsqlDbType.Text)
            .ReadAsync(Read, cancellationToken);
        return [.. subjects.Select(own => found.FirstOrDefault(freeze => own.Contains((freeze.Scope, freeze.Subject))))];
    }

    private static HashSet<(FreezeScope Scope, string Subject)> SubjectsOf(FreezeQuestion question) =>
    [
        (FreezeScope.All, "*"), (FreezeScope.Chain, SubjectOf(question.Chain)), (FreezeScope.Owner, SubjectOf(question.Owner)),
        .. question.Accounts.Select(account => (FreezeScope.Account, SubjectOf(account))),
        .. question.Addresses.Select(address => (FreezeScope.Address, SubjectOf(address))),
    ];

    /// <summary>Whether anything that is frozen now, halts apart, was frozen within so long.</summary>
    public Task<bool> AnySinceAsync(DbSession session, TimeSpan within, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (select from governance.freeze
                           where lifted_at is null and scope not in ('all', 'chain') and frozen_at > storage.clock() - @within)
            """)
            .With("within", within).ScalarAsync<bool>(cancellationToken);

    /// <summary>Everything that is frozen now by hand, oldest first; what is on lists is <see cref="ScreeningStore"/>'s.</summary>
    public Task<IReadOnlyList<Freeze>> OpenOnesAsync(DbSession session, int limit, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from governance.freeze where lifted_at is null and list is null order by frozen_at, id limit @limit")
            .With("limit", limit).ReadAsync(Read, cancellationToken);

    /// <summary>A chain as the subject of a halt.</summary>
    public static string SubjectOf(long chain) => chain.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>An owner or account as the subject of a freeze.</summary>
    public static string SubjectOf(Guid id) => id.ToString("n");

    /// <summary>An address as the subject of a freeze.</summary>
    public static string SubjectOf(Address address) => address.ToHex();

    private static Freeze Read(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.State<FreezeScope>("scope"), reader.Text("subject"), reader.Text("reason"), reader.Text("frozen_by"),
        reader.Time("frozen_at"), reader.TextOrNull("list"));
}
