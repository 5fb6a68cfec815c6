using System.Text.Json;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

/// <summary>The tool as operators run it: a process of its own, data on standard output, exit codes.</summary>
public sealed class CliTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync(Token);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Migrate_brings_an_empty_database_up_and_then_finds_nothing_to_do()
    {
        await using PostgresDatabase empty = await _database.Server.CreateEmptyDatabaseAsync(Token);

        CliAnswer first = await CliAnswer.OfAsync(["migrate", "--database", empty.OwnerConnectionString], Token);
        CliAnswer second = await CliAnswer.OfAsync(["migrate", "--database", empty.OwnerConnectionString], Token);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.StartsWith("0001_storage", first.Output, StringComparison.Ordinal);
        Assert.Empty(second.Output);
    }

    [Fact]
    public async Task A_key_is_printed_once_and_only_its_hash_is_stored()
    {
        await RunAsync("owner", "create", "alice");

        string key = (await RunAsync("key", "create", "--owner", "alice")).Output.Trim();

        Assert.StartsWith("ce_", key, StringComparison.Ordinal);
        Assert.DoesNotContain(key, await DumpAsync("select string_agg(k::text, ' ') from governance.api_key k"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_listed_and_shown_as_json()
    {
        await RunAsync(
            "asset", "add", "--chain", "31337", "--contract", "0x5FbDB2315678afecb367f032d93F642f64180aa3", "--symbol", "TUSD",
            "--decimals", "6");

        JsonElement assets = JsonSerializer.Deserialize<JsonElement>((await RunAsync("asset", "list", "--json")).Output);

        Assert.Equal("tusd-31337", assets[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_slip_in_an_address_registers_nothing()
    {
        await RunAsync("owner", "create", "alice");

        CliAnswer answer = await CliAnswer.OfAsync(
            [
                "account", "register", "--owner", "alice", "--chain", "31337", "--address", "0x5fbDB2315678afecb367f032d93F642f64180aa3",
                "--database", _database.AppConnectionString,
            ],
            Token);

        Assert.Equal((2, "", "0"), (answer.ExitCode, answer.Output, await DumpAsync("select count(*)::text from custody.account")));
    }

    [Fact]
    public async Task Doctor_ends_with_1_and_names_what_is_missing()
    {
        CliAnswer answer = await CliAnswer.OfAsync(["doctor", "--json", "--database", _database.AppConnectionString], Token);

        JsonElement findings = JsonSerializer.Deserialize<JsonElement>(answer.Output);
        IEnumerable<string?> errors = findings.EnumerateArray().Where(finding => finding.GetProperty("level").GetString() == "error")
            .Select(finding => finding.GetProperty("name").GetString());
        Assert.Equal(1, answer.ExitCode);
        Assert.Equal(["configuration.chains", "signer.configuration"], errors);
    }

    [Fact]
    public async Task Doctor_refuses_a_superuser()
    {
        CliAnswer answer = await CliAnswer.OfAsync(["doctor", "--database", _database.OwnerConnectionString], Token);

        Assert.Contains("superuser postgres", answer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_asked()
    {
        CliAnswer answer = await CliAnswer.OfAsync(["intent", "show", "int_1", "--api", "http://127.0.0.1:1"], Token);

        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
    }

    private async Task<CliAnswer> RunAsync(params string[] arguments)
    {
        CliAnswer answer = await CliAnswer.OfAsync([.. arguments, "--database", _database.AppConnectionString], Token);
        Assert.True(answer.ExitCode == 0, answer.Error);
        return answer;
    }

    private async Task<string> DumpAsync(string sql)
    {
        await using Npgsql.NpgsqlConnection connection = new(_database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using Npgsql.NpgsqlCommand command = new(sql, connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
