using System.CommandLine;
using System.Text.Json;
using ChainExec.Ledger;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec ledger verify</c> and <c>checkpoint</c>: the books against themselves, through the database.</summary>
internal static class LedgerProofCommands
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static Command CreateVerify()
    {
        var checkpoint = new Option<FileInfo?>("--checkpoint") { Description = "A checkpoint that was kept elsewhere." };
        Option<bool> json = Settings.Json();
        Option<string?> config = Settings.Config();
        Option<string?> database = Settings.Database();
        var command = new Command(
            "verify", "Derives balances, versions, holds, keys, hashes and seals again from the entries; 1 when anything differs.")
        {
            checkpoint, json, config, database,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            var verifier = engine.Get<LedgerVerifier>();
            List<VerificationFinding> findings = [.. await verifier.VerifyAsync(token)];
            if (result.GetValue(checkpoint) is { } file
                && await verifier.CompareAsync(await ReadAsync(file, token), token) is { } rewritten)
                findings.Add(rewritten);
            if (result.GetValue(json))
                Output.WriteJson(JsonSerializer.SerializeToElement(new { findings }, Json));
            else
                Write(findings);
            return findings.Count == 0 ? 0 : 1;
        });
        return command;
    }

    public static Command CreateCheckpoint()
    {
        Option<string?> config = Settings.Config();
        Option<string?> database = Settings.Database();
        var command = new Command("checkpoint", "The newest seal as JSON. Keep it where whoever can write the database cannot.")
        {
            config, database,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            LedgerCheckpoint newest = await engine.Get<LedgerVerifier>().NewestAsync(token)
                ?? throw new CliException("Nothing is sealed yet.");
            Output.WriteJson(JsonSerializer.SerializeToElement(newest, Json));
            return 0;
        });
        return command;
    }

    private static async Task<LedgerCheckpoint> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream stream = file.OpenRead();
            return await JsonSerializer.DeserializeAsync<LedgerCheckpoint>(stream, Json, cancellationToken)
                ?? throw new CliException($"{file.Name} is empty.");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{file.Name} cannot be read as a checkpoint: {exception.Message}");
        }
    }

    private static void Write(List<VerificationFinding> findings)
    {
        if (findings.Count == 0)
            Console.Out.WriteLine("The books say what their entries say.");
        else
        {
            Output.WriteTable(
                ["check", "subject", "finding"],
                [.. findings.Select(finding => (IReadOnlyList<string>)[finding.Check, finding.Subject, finding.Detail])]);
        }
    }
}
