namespace ChainExec.Storage;

/// <summary>What the service demands of its database before it moves money. <c>chainexec doctor</c> shows the same findings.</summary>
internal sealed class DurabilityCheck(Database database)
{
    /// <summary>One sentence per reason not to start; empty when all is well.</summary>
    public async Task<IReadOnlyList<string>> FindingsAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select current_user::text                                       as role,
                   (select rolsuper from pg_roles where rolname = current_user) as superuser,
                   pg_has_role(current_user, 'ce_owner', 'member')          as owner,
                   current_setting('fsync')                                 as fsync,
                   current_setting('full_page_writes')                      as full_page_writes,
                   current_setting('synchronous_commit')                    as synchronous_commit,
                   current_setting('server_version_num')::int               as version,
                   (select max(number) from storage.migration)              as migration
            """;
        IReadOnlyList<IReadOnlyList<string>> rows = await database.ReadAsync(
            sql,
            static _ => { },
            reader =>
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

                if (reader.Int("version") < 150000)
                    findings.Add($"PostgreSQL 15 or newer is needed; this is {reader.Int("version")}.");
                if (reader.Int("migration") != Migrator.All[^1].Number)
                    findings.Add(
                        $"The schema is at migration {reader.Int("migration")}, this build needs "
                        + $"{Migrator.All[^1].Number}: run chainexec migrate.");
                return (IReadOnlyList<string>)findings;
            },
            cancellationToken);
        return rows[0];
    }
}
