using System.CommandLine;
using ChainExec.Calls;

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
        List<Finding> findings = [.. await new DatabaseChecks(engine, TimeProvider.System).RunAsync(cancellationToken)];
        IReadOnlyCollection<ChainProfile> chains = engine.Get<ChainDirectory>().All;
        if (chains.Count == 0)
            findings.Add(Finding.Error("configuration.chains", "no chain is configured: give the server's configuration with --config"));
        foreach (ChainProfile chain in chains)
        {
            foreach (ChainProvider provider in chain.Providers)
                findings.AddRange(await new NodeChecks(chain, provider, TimeProvider.System).RunAsync(cancellationToken));
        }

        findings.AddRange(await new SignerChecks(engine).RunAsync(cancellationToken));
        return findings;
    }
}
