using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Calls;

/// <summary>The asset registry.</summary>
internal sealed class AssetStore(Database database)
{
    private const string Columns = "id, chain_id, contract, symbol, decimals";

    /// <summary>
    /// The chain's assets as the transaction sees them. A registry is tens of rows, not thousands: it is read when needed.
    /// </summary>
    public async Task<AssetSnapshot> SnapshotAsync(DbSession session, long chain, CancellationToken cancellationToken) =>
        new(await session.Sql($"select {Columns} from calls.asset where chain_id = @chain order by id limit 10000")
            .With("chain", chain).ReadAsync(Read, cancellationToken));

    /// <summary>The chain's assets with when each was listed.</summary>
    public async Task<AssetHistory> HistoryAsync(DbSession session, long chain, CancellationToken cancellationToken) =>
        new(await session.Sql($"select {Columns}, listed_at from calls.asset where chain_id = @chain order by listed_at, id limit 10000")
            .With("chain", chain).ReadAsync(reader => (Read(reader), reader.Time("listed_at")), cancellationToken));

    /// <summary>Lists an asset; listing the same one again changes nothing, another one under its id or contract is refused.</summary>
    public async Task<bool> ListAsync(DbSession session, Asset asset, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into calls.asset (id, chain_id, contract, symbol, decimals)
            values (@id, @chain, @contract, @symbol, @decimals)
            on conflict do nothing
            """;
        await session.Sql(sql).With("id", asset.Id).With("chain", asset.Chain).With("contract", asset.Contract)
            .With("symbol", asset.Symbol).With("decimals", asset.Decimals).ExecuteAsync(cancellationToken);
        Asset? stored = await session.Sql($"select {Columns} from calls.asset where id = @id").With("id", asset.Id)
            .ReadSingleAsync(Read, cancellationToken);
        return stored == asset;
    }

    public async Task<AssetSnapshot> SnapshotAsync(long chain, CancellationToken cancellationToken) =>
        new(await database.ReadAsync(
            $"select {Columns} from calls.asset where chain_id = @chain order by id limit 10000",
            statement => statement.With("chain", chain), Read, cancellationToken));

    /// <summary>The assets that were listed by then.</summary>
    public async Task<AssetSnapshot> SnapshotAsync(long chain, DateTimeOffset listedBy, CancellationToken cancellationToken) =>
        new(await database.ReadAsync(
            $"select {Columns} from calls.asset where chain_id = @chain and listed_at <= @by order by id limit 10000",
            statement => statement.With("chain", chain).With("by", listedBy), Read, cancellationToken));

    public Task<IReadOnlyList<Asset>> AllAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"select {Columns} from calls.asset order by chain_id, id limit 10000", static _ => { }, Read, cancellationToken);

    private static Asset Read(NpgsqlDataReader reader) => new(
        reader.Text("id"), reader.Long("chain_id"), reader.AddressOrNull("contract"), reader.Text("symbol"), reader.Int("decimals"));
}
