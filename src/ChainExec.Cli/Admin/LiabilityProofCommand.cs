using System.CommandLine;
using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Reconciliation;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec ledger proof</c>: whether we have what we owe, by our books and by what nodes say.</summary>
internal static class LiabilityProofCommand
{
    private const int AttemptsDefault = 5;

    public static Command Create()
    {
        var asset = new Option<string?>("--asset") { Description = "One asset; default: all." };
        var attempts = new Option<int>("--attempts")
        {
            Description = $"How often to try, a second apart, while something is on its way: 1 to {LiabilityProver.AttemptsMax}.",
            DefaultValueFactory = _ => AttemptsDefault,
        };
        Option<bool> json = Settings.Json();
        Option<string?> config = Settings.Config();
        Option<string?> database = Settings.Database();
        var command = new Command(
            "proof", "Claims against assets at pinned final blocks, item by item, with the coverage; 1 when anything differs.")
        {
            asset, attempts, json, config, database,
        };
        command.SetAction(async (result, token) =>
        {
            int tries = result.GetValue(attempts);
            if (tries is < 1 or > LiabilityProver.AttemptsMax)
                throw new CliException($"--attempts is 1 to {LiabilityProver.AttemptsMax}.", CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            LiabilityProof proof = await engine.Get<LiabilityProver>().ProveAsync(result.GetValue(asset), tries, token);
            if (result.GetValue(asset) is { } name && proof.Assets.Count == 0)
                throw new CliException($"{name} is neither in the books nor in the asset registry.");
            if (result.GetValue(json))
                Output.WriteJson(JsonSerializer.SerializeToElement(proof, FactJson.Options));
            else
                Write(proof);
            return proof.Closes ? 0 : 1;
        });
        return command;
    }

    private static void Write(LiabilityProof proof)
    {
        Output.WriteTable(
            ["asset", ">block", ">assets", ">owed", ">own", ">difference", ">coverage", "closes"],
            [
                .. proof.Assets.Select(one => (IReadOnlyList<string>)
                [
                    one.Asset, $"{one.Block}", $"{one.Assets}", $"{one.Liabilities}", $"{one.Own}", $"{one.Difference}",
                    one.Coverage ?? "-", one.Closes ? "yes" : "NO",
                ]),
            ]);
        Console.Out.WriteLine();
        Output.WriteTable(
            ["asset", "kind", "term", ">accounts", ">amount"],
            [
                .. proof.Assets.SelectMany(one => one.Terms.Select(term => (IReadOnlyList<string>)
                    [one.Asset, $"{term.Kind}".ToLowerInvariant(), term.Name, $"{term.Items.Count}", $"{term.Amount}"])),
            ]);
        Console.Out.WriteLine();
        Output.WriteTable(
            ["asset", "wallet", ">booked", ">on its way", ">observed", ">difference", "by"],
            [
                .. proof.Assets.SelectMany(one => one.Wallets.Select(wallet => (IReadOnlyList<string>)
                [
                    one.Asset, $"{wallet.Address}", $"{wallet.Booked}", $"{wallet.OnItsWay}", $"{wallet.Observed}", $"{wallet.Difference}",
                    $"{wallet.Source}".ToLowerInvariant(),
                ])),
            ]);
    }
}
