using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Npgsql;

namespace ChainExec.Storage;

/// <summary>
/// Applies the engine's numbered, forward-only migrations as <c>ce_owner</c>. Run by <c>chainexec migrate</c> with a role that may create
/// roles; the services themselves connect as <c>ce_app</c> and can change nothing of the schema.
/// </summary>
public static partial class Migrator
{
    // Any number: it only has to be the same in every migrator.
    private const long AdvisoryLock = 0x43_45_4d_49_47;

    /// <summary>
    /// Creates the roles where missing and applies what is not applied yet. Safe to run at the same time from several places.
    /// </summary>
    /// <returns>The names of the migrations that were applied now, in order.</returns>
    /// <exception cref="MigrationException">An applied migration differs from the one in this build.</exception>
    public static async Task<IReadOnlyList<string>> MigrateAsync(string adminConnectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(adminConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, $"select pg_advisory_lock({AdvisoryLock})", cancellationToken);
        try
        {
            await PrepareRolesAsync(connection, cancellationToken);
            await ExecuteAsync(connection, "set role ce_owner", cancellationToken);
            return await ApplyAsync(connection, cancellationToken);
        }
        finally
        {
            await ExecuteAsync(connection, $"reset role; select pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    /// <summary>The migrations that this build carries, in order.</summary>
    internal static IReadOnlyList<Migration> All { get; } = Load();

    private static async Task<IReadOnlyList<string>> ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Dictionary<int, byte[]> applied = await AppliedAsync(connection, cancellationToken);
        var names = new List<string>();
        foreach (Migration migration in All)
        {
            if (applied.TryGetValue(migration.Number, out byte[]? hash))
            {
                if (!hash.AsSpan().SequenceEqual(migration.Hash))
                    throw new MigrationException($"Migration {migration.Name} was applied with another text than this build carries.");
                continue;
            }

            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
            await using (var record = new NpgsqlCommand(
                "insert into storage.migration (number, name, sha256) values ($1, $2, $3)", connection))
            {
                record.Parameters.AddWithValue(migration.Number);
                record.Parameters.AddWithValue(migration.Name);
                record.Parameters.AddWithValue(migration.Hash);
                await record.ExecuteNonQueryAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            names.Add(migration.Name);
        }

        return names;
    }

    private static async Task PrepareRolesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // "create role" has no "if not exists"; a concurrent cluster-wide creation by another database's migrator is not an error.
        const string sql = """
            do $$
            declare wanted record;
            begin
              for wanted in select * from (values ('ce_owner', 'nologin'), ('ce_app', 'login'), ('ce_read', 'login')) as r(name, login) loop
                begin
                  if not exists (select from pg_roles where rolname = wanted.name) then
                    execute format('create role %I %s nosuperuser nocreatedb nocreaterole', wanted.name, wanted.login);
                  end if;
                exception when duplicate_object or unique_violation then null;
                end;
              end loop;
              execute format('grant connect, create on database %I to ce_owner', current_database());
              execute format('grant connect on database %I to ce_app, ce_read', current_database());
              if not (select rolsuper from pg_roles where rolname = current_user) then
                -- Asked for also by a member: from PostgreSQL 16 on, who creates a role is its member but may not become it.
                begin
                  execute format('grant ce_owner to %I', current_user);
                exception when insufficient_privilege then null;
                end;
              end if;
            end
            $$
            """;
        await ExecuteAsync(connection, sql, cancellationToken);
    }

    private static async Task<Dictionary<int, byte[]>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var exists = new NpgsqlCommand("select to_regclass('storage.migration') is not null", connection))
        {
            if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
                return [];
        }

        await using var command = new NpgsqlCommand("select number, sha256 from storage.migration", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<int, byte[]>();
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static List<Migration> Load()
    {
        Assembly assembly = typeof(Migrator).Assembly;
        var migrations = new List<Migration>();
        foreach (string resource in assembly.GetManifestResourceNames().Where(
            name => name.StartsWith("migrations/", StringComparison.Ordinal)))
        {
            Match match = FileName().Match(resource);
            if (!match.Success)
                throw new MigrationException($"{resource} is not named NNNN_name.sql.");
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using var reader = new StreamReader(stream);
            string sql = reader.ReadToEnd();
            migrations.Add(new Migration(
                int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture),
                match.Groups[1].Value + "_" + match.Groups[2].Value,
                sql,
                SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sql))));
        }

        migrations.Sort((left, right) => left.Number.CompareTo(right.Number));
        if (migrations.Select(migration => migration.Number).Distinct().Count() != migrations.Count)
            throw new MigrationException("Two migrations share a number.");
        return migrations;
    }

    [GeneratedRegex(@"^migrations/(\d{4})_([a-z_]+)\.sql$")]
    private static partial Regex FileName();
}

/// <summary>One embedded migration.</summary>
internal sealed record Migration(int Number, string Name, string Sql, byte[] Hash);

/// <summary>The schema cannot be brought to this build's version.</summary>
public sealed class MigrationException(string message) : Exception(message);
