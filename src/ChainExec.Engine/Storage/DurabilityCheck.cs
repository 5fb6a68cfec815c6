using Npgsql;

namespace ChainExec.Storage;

/// <summary>What the service demands of its database before it moves money. <c>chainexec doctor</c> shows the same findings.</summary>
internal sealed class DurabilityCheck(Database database)
{
    /// <summary>One sentence per reason not to start; empty when all is well.</summary>
    public async Task<IReadOnlyList<string>> FindingsAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select r.rolname::text                                           as role,
                   r.rolsuper                                               as superuser,
                   coalesce(pg_has_role(to_regrole('ce_owner'), 'member'), false) as owner,
                   current_setting('fsync')                                 as fsync,
                   current_setting('full_page_writes')                      as full_page_writes,
                   current_setting('synchronous_commit')                    as synchronous_commit,
                   pg_is_in_recovery()                                      as standby,
                   current_setting('server_version_num')::int               as version,
                   to_regclass('storage.migration') is not null             as migrated
            from   pg_roles r
            where  r.rolname = current_user
            """;
        IReadOnlyList<(List<string> Findings, bool Migrated)> rows = await database.ReadAsync(
            sql, static _ => { }, static reader => (Findings(reader), reader.Bool("migrated")), cancellationToken);
        (List<string> findings, bool migrated) = rows[0];
        long applied = migrated ? await AppliedAsync(cancellationToken) : 0;
        long carried = Migrator.All[^1].Number;
        if (applied < carried)
            findings.Add($"The schema is at migration {applied}, this build needs {carried}: run chainexec migrate.");
        else if (applied > carried)
            findings.Add($"The schema is at migration {applied}, this build knows only {carried}: run a newer build.");
        return findings;
    }

    private static List<string> Findings(NpgsqlDataReader reader)
    {
        var findings = new List<string>();
        if (reader.Bool("superuser"))
            findings.Add($"The service connects as superuser {reader.Text("role")}; it must connect as ce_app.");
        else if (reader.Bool("owner"))
            findings.Add($"The service connects as {reader.Text("role")}, a member of ce_owner; it must connect as ce_app.");
        foreach (string setting in (string[])["fsync", "full_page_writes", "synchronous_commit"])
        {
            if (reader.Text(setting) == "off")
                findings.Add($"{setting} is off: a committed transaction could be lost, and money with it.");
        }

        if (reader.Bool("standby"))
            findings.Add("The database is a standby: nothing can be written.");
        if (reader.Int("version") < 150000)
            findings.Add($"PostgreSQL 15 or newer is needed; this is {reader.Int("version")}.");
        return findings;
    }

    private async Task<long> AppliedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<long> rows = await database.ReadAsync(
            "select coalesce(max(number), 0)::bigint from storage.migration",
            static _ => { },
            static reader => reader.GetInt64(0),
            cancellationToken);
        return rows[0];
    }
}
