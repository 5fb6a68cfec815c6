using System.Text.RegularExpressions;
using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Governance;

/// <summary>A screening list and how many addresses are on it.</summary>
internal sealed record ScreeningList(string Name, long Addresses, DateTimeOffset NewestAt);

/// <summary>
/// Lists of addresses that nobody pays, and that nobody is paid from: each entry is a freeze of its address, and so it is read wherever
/// freezes are, at admission, when a signature is asked for, and of what is on its way.
/// </summary>
internal sealed partial class ScreeningStore(OwnerStore audit, TimeProvider clock)
{
    /// <summary>Addresses on one list at most.</summary>
    public const int AddressesMax = 100_000;

    /// <summary>Whether a list may be called so.</summary>
    public static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>Makes a list what is given, in one transaction: adds what is new, takes off what is not in it any more.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="list">Its name: small letters, digits, <c>_ . -</c>, 64 at most.</param>
    /// <param name="addresses">All that is on it from now on; 100,000 at most.</param>
    /// <param name="mayShrink">Whether more than half of it may be taken off: a file that was cut looks like that.</param>
    /// <param name="actor">Who says so.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ShrinkingListException">It would shrink by more than half, and may not. Nothing may be committed.</exception>
    /// <exception cref="ArgumentException">There are more addresses than that, or the name is none.</exception>
    public async Task<(int Added, int Lifted)> SetAsync(
        DbSession session, string list, IReadOnlyList<Address> addresses, bool mayShrink, string actor, CancellationToken cancellationToken)
    {
        if (addresses.Count > AddressesMax)
            throw new ArgumentException($"A list has {AddressesMax} addresses at most; {addresses.Count} were given.", nameof(addresses));

        if (!IsName(list))
            throw new ArgumentException($"{list} is no name of a list.", nameof(list));

        // Two who set one list at once: the second one sees what the first one left.
        await session.Sql("select pg_advisory_xact_lock(hashtextextended('governance.screening:' || @list, 0))").With("list", list)
            .ExecuteAsync(cancellationToken);
        string[] subjects = [.. addresses.Select(FreezeStore.SubjectOf).Distinct(StringComparer.Ordinal)];
        int lifted = await session.Sql("""
            update governance.freeze f set lifted_by = @actor, lifted_at = storage.clock()
            where  f.list = @list and f.lifted_at is null
            and    not exists (select from unnest(@subjects) as s (subject) where s.subject = f.subject)
            """)
            .With("actor", actor).With("list", list).WithArray("subjects", subjects, NpgsqlDbType.Text).ExecuteAsync(cancellationToken);
        if (lifted > 0 && !mayShrink && await CountAsync(session, list, cancellationToken) is var left && left < lifted)
            throw new ShrinkingListException($"{lifted} of {left + lifted} addresses would be taken off the list {list}.");
        int added = await session.Sql("""
            insert into governance.freeze (id, scope, subject, reason, frozen_by, list)
            select * from (select unnest(@ids) as id, 'address', unnest(@subjects) as subject, 'On the list ' || @list, @actor, @list) as n
            on conflict (scope, subject, coalesce(list, '')) where lifted_at is null do nothing
            """)
            .WithArray("ids", [.. subjects.Select(_ => Guid.CreateVersion7(clock.GetUtcNow()))], NpgsqlDbType.Uuid)
            .WithArray("subjects", subjects, NpgsqlDbType.Text).With("list", list).With("actor", actor).ExecuteAsync(cancellationToken);
        await audit.AuditAsync(
            session, actor, "screening.set", list, new { addresses = subjects.Length, added, lifted }, cancellationToken);
        session.WakeWorkersAfterCommit();
        return (added, lifted);
    }

    private static Task<long> CountAsync(DbSession session, string list, CancellationToken cancellationToken) =>
        session.Sql("select count(*) from governance.freeze where list = @list and lifted_at is null").With("list", list)
            .ScalarAsync<long>(cancellationToken);

    /// <summary>Every list that has an address on it, by name.</summary>
    public Task<IReadOnlyList<ScreeningList>> ListsAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql("""
            select list, count(*) as addresses, max(frozen_at) as newest from governance.freeze
            where  lifted_at is null and list is not null group by list order by list limit 1000
            """)
            .ReadAsync(
                reader => new ScreeningList(reader.Text("list"), reader.Long("addresses"), reader.Time("newest")), cancellationToken);

    [GeneratedRegex("^[a-z0-9][a-z0-9_.-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
