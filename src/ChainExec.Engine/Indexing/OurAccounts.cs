using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>
/// Which addresses are ours. Asked per block and after the block was read, never from a cache: an account that was registered a moment
/// before its first deposit is then always known when the deposit's block is looked at.
/// </summary>
internal static class OurAccounts
{
    /// <summary>Those of <paramref name="candidates"/> that are accounts on the chain.</summary>
    public static async Task<IReadOnlySet<Address>> AmongAsync(
        DbSession session, long chain, IReadOnlyCollection<Address> candidates, CancellationToken cancellationToken)
    {
        if (candidates.Count == 0)
            return new HashSet<Address>();
        const string sql = "select address from custody.v_account where chain_id = @chain and address = any (@candidates)";
        IReadOnlyList<Address> rows = await session.Sql(sql).With("chain", chain)
            .WithArray("candidates", [.. candidates], NpgsqlDbType.Bytea)
            .ReadAsync(reader => reader.Address("address"), cancellationToken);
        return rows.ToHashSet();
    }
}
