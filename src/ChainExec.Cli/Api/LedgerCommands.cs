using System.CommandLine;
using ChainExec.Cli.Admin;
using ChainExec.Client;

namespace ChainExec.Cli.Api;

/// <summary><c>chainexec ledger</c>.</summary>
internal static class LedgerCommands
{
    public static Command Create() => new("ledger", "The books.")
    {
        CreateTrialBalance(), LedgerProofCommands.CreateVerify(), LedgerProofCommands.CreateCheckpoint(),
        LiabilityProofCommand.Create(),
    };

    private static Command CreateTrialBalance()
    {
        var all = new Option<bool>("--all") { Description = "The whole book; for keys of the owner named house." };
        Option<bool> json = Settings.Json();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command("trial-balance", "Debits, credits and balances; 1 when the whole book does not balance.")
        {
            all, json, api, keyFile,
        };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            TrialBalance balance = await client.TrialBalanceAsync(result.GetValue(all), token);
            if (result.GetValue(json))
                Output.WriteJson(await client.GetRawAsync($"/v1/ledger/trial-balance?scope={balance.Scope}", token));
            else
                Write(balance);
            return balance.Scope == "all" && balance.Totals.Any(total => !total.Balanced) ? 1 : 0;
        });
        return command;
    }

    private static void Write(TrialBalance balance) => Output.WriteTable(
        ["account", "kind", "asset", ">debits", ">credits", ">balance"],
        [
            .. balance.Data.Select(line => (IReadOnlyList<string>)
                [line.Code, line.Kind, line.Asset, $"{line.Debits}", $"{line.Credits}", $"{line.Balance}"]),
            .. balance.Totals.Select(total => (IReadOnlyList<string>)
                ["total", "", total.Asset, $"{total.Debits}", $"{total.Credits}", $"{total.Debits - total.Credits}"]),
        ]);
}
