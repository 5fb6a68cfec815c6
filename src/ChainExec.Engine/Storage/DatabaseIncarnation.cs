using Npgsql;

namespace ChainExec.Storage;

/// <summary>
/// Names the life that the database is in. It changes with a failover or a point-in-time restore (the write-ahead log's timeline), with a
/// restore from a dump or a copy (the database's or the tables' own ids), and when its log is behind where this process has seen it (a
/// snapshot of the disk): in each, commits that this process saw may be gone.
/// </summary>
internal sealed class DatabaseIncarnation(Database database)
{
    private const string Sql = """
        select concat_ws(':', left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid, 'storage.migration'::regclass::oid) as incarnation,
               (pg_current_wal_lsn() - '0/0')::bigint as position
        from   pg_database d
        where  d.datname = current_database()
        """;

    private readonly LogPositions _positions = new();

    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        long began = _positions.Begin();
        return (await database.ReadAsync(Sql, static _ => { }, reader => Read(reader, began), cancellationToken))[0];
    }

    public async Task<string> ReadAsync(DbSession session, CancellationToken cancellationToken)
    {
        long began = _positions.Begin();
        return (await session.Sql(Sql).ReadAsync(reader => Read(reader, began), cancellationToken))[0];
    }

    private string Read(NpgsqlDataReader reader, long began)
    {
        int falls = _positions.End(began, reader.Long("position"));
        return falls == 0 ? reader.Text("incarnation") : $"{reader.Text("incarnation")}:{falls}";
    }
}
