using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Governance;

/// <summary>Makes, lifts and finds freezes. Each change is audited in the same transaction.</summary>
internal sealed class FreezeStore(OwnerStore audit, TimeProvider clock)
{
    private const string Columns = "id, scope, subject, reason, frozen_by, frozen_at";

    /// <summary>Freezes something. False when it is frozen already.</summary>
    public async Task<bool> FreezeAsync(
        DbSession session, FreezeScope scope, string subject, string reason, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into governance.freeze (id, scope, subject, reason, frozen_by)
            values (@id, @scope, @subject, @reason, @actor)
            on conflict (scope, subject) where lifted_at is null do nothing
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
            where  scope = @scope and subject = @subject and lifted_at is null
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
        session.Sql("select exists (select from governance.freeze where lifted_at is null)").ScalarAsync<bool>(cancellationToken);

    /// <summary>The first freeze that concerns these, a freeze before a halt; nothing when none does.</summary>
    public async Task<Freeze?> FindAsync(
        DbSession session, Guid owner, Guid account, long chain, IReadOnlyList<Address> addresses, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {Columns} from governance.freeze
            where  lifted_at is null
            and    (scope = 'all' or (scope = 'chain' and subject = @chain) or (scope = 'owner' and subject = @owner)
                    or (scope = 'account' and subject = @account) or (scope = 'address' and subject = any (@addresses)))
            order  by scope in ('all', 'chain'), frozen_at
            limit  1
            """;
        return await session.Sql(sql)
            .With("chain", SubjectOf(chain)).With("owner", SubjectOf(owner)).With("account", SubjectOf(account))
            .WithArray("addresses", [.. addresses.Select(SubjectOf)], NpgsqlDbType.Text)
            .ReadSingleAsync(Read, cancellationToken);
    }

    /// <summary>Whether anything is frozen now, halts apart.</summary>
    public Task<bool> AnyAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql("select exists (select from governance.freeze where lifted_at is null and scope not in ('all', 'chain'))")
            .ScalarAsync<bool>(cancellationToken);

    /// <summary>Everything that is frozen now, oldest first.</summary>
    public Task<IReadOnlyList<Freeze>> OpenOnesAsync(DbSession session, int limit, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from governance.freeze where lifted_at is null order by frozen_at, id limit @limit")
            .With("limit", limit).ReadAsync(Read, cancellationToken);

    /// <summary>A chain as the subject of a halt.</summary>
    public static string SubjectOf(long chain) => chain.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>An owner or account as the subject of a freeze.</summary>
    public static string SubjectOf(Guid id) => id.ToString("n");

    /// <summary>An address as the subject of a freeze.</summary>
    public static string SubjectOf(Address address) => address.ToHex();

    private static Freeze Read(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.State<FreezeScope>("scope"), reader.Text("subject"), reader.Text("reason"), reader.Text("frozen_by"),
        reader.Time("frozen_at"));
}
