using System.CommandLine;
using ChainExec.Calls;
using Microsoft.Extensions.Options;

namespace ChainExec.Cli.Doctor;

/// <summary><c>chainexec doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Option<string?> config = Settings.Config();
        Option<string?> database = Settings.Database();
        Option<bool> json = Settings.Json();
        var command = new Command("doctor", "Looks at database, nodes, signer and what waits for an operator; 1 when something is wrong.")
        {
            config, database, json,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<Finding> findings = await FindAsync(engine, token);
            if (result.GetValue(json))
                Output.WriteJson(findings.Select(finding => new { finding.Name, Level = Text(finding.Level), finding.Detail }));
            else
                Output.WriteTable(
                    ["", "check", "found"],
                    [.. findings.Select(finding => (IReadOnlyList<string>)[Text(finding.Level), finding.Name, finding.Detail])]);
            return findings.Any(finding => finding.Level == FindingLevel.Error) ? 1 : 0;
        });
        return command;
    }

    private static string Text(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Warning => "warning",
        _ => "error",
    };

    private static async Task<IReadOnlyList<Finding>> FindAsync(EngineAccess engine, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        IReadOnlyCollection<ChainProfile> chains = Chains(engine, findings);
        findings.AddRange(await new DatabaseChecks(engine, chains.Count > 0, TimeProvider.System).RunAsync(cancellationToken));
        foreach (ChainProfile chain in chains)
        {
            foreach (ChainProvider provider in chain.Providers)
                findings.AddRange(await new NodeChecks(chain, provider, TimeProvider.System).RunAsync(cancellationToken));
        }

        findings.AddRange(await new SignerChecks(engine).RunAsync(cancellationToken));
        return findings;
    }

    // Whatever is wrong with one thing, the others are looked at too.
    private static IReadOnlyCollection<ChainProfile> Chains(EngineAccess engine, List<Finding> findings)
    {
        try
        {
            return engine.Get<ChainDirectory>().All;
        }
        catch (OptionsValidationException exception)
        {
            string failures = string.Join(" ", exception.Failures);
            findings.Add(Finding.Error("configuration.chains", $"{failures} Give the server's configuration with --config."));
            return [];
        }
    }
}
