namespace ChainExec.Storage;

/// <summary>
/// Names the life that the database is in. It changes with a failover or a point-in-time restore (the write-ahead log's timeline) and with
/// a restore from a dump or a copy (the database's or the tables' own ids): in each, commits that this process saw may be gone.
/// </summary>
internal sealed class DatabaseIncarnation(Database database)
{
    private const string Sql = """
        select concat_ws(':', left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid, 'storage.migration'::regclass::oid) as incarnation
        from   pg_database d
        where  d.datname = current_database()
        """;

    public async Task<string> ReadAsync(CancellationToken cancellationToken) =>
        (await database.ReadAsync(Sql, static _ => { }, reader => reader.Text("incarnation"), cancellationToken))[0];

    public async Task<string> ReadAsync(DbSession session, CancellationToken cancellationToken) =>
        (await session.Sql(Sql).ReadAsync(reader => reader.Text("incarnation"), cancellationToken))[0];
}
