using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>
/// Which addresses are ours, as the database has it. The index itself looks at its set of them in memory.
/// </summary>
internal static class OurAccounts
{
    /// <summary>Those of <paramref name="candidates"/> that are accounts on the chain.</summary>
    public static Task<IReadOnlySet<Address>> AmongAsync(
        DbSession session, long chain, IReadOnlyCollection<Address> candidates, CancellationToken cancellationToken) =>
        AmongAsync(session, chain, candidates, registeredBy: null, cancellationToken);

    /// <summary>Those of <paramref name="candidates"/> that were accounts on the chain by then.</summary>
    public static async Task<IReadOnlySet<Address>> AmongAsync(
        DbSession session, long chain, IReadOnlyCollection<Address> candidates, DateTimeOffset? registeredBy,
        CancellationToken cancellationToken)
    {
        if (candidates.Count == 0)
            return new HashSet<Address>();
        const string sql = """
            select address from custody.v_account
            where  chain_id = @chain and address = any (@candidates) and created_at <= coalesce(@by::timestamptz, 'infinity')
            """;
        IReadOnlyList<Address> rows = await session.Sql(sql).With("chain", chain).With("by", registeredBy)
            .WithArray("candidates", [.. candidates], NpgsqlDbType.Bytea)
            .ReadAsync(reader => reader.Address("address"), cancellationToken);
        return rows.ToHashSet();
    }
}
