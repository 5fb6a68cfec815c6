using System.CommandLine;
using ChainExec.Attribution;
using ChainExec.Cli.Api;
using ChainExec.Client;
using ChainExec.Ethereum;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary>What of <c>chainexec trace</c> is not offline.</summary>
internal static class OnlineTraceCommands
{
    /// <summary>Whether the arguments name one of these.</summary>
    public static bool Own(string[] args) =>
        args is ["trace", "rerun", ..] || (args is ["trace", "show", var chain, var hash, ..] && IsPlain(chain) && IsPlain(hash));

    /// <summary>Adds them below the offline ones; this <c>show</c> stands for the offline one where a chain and a hash are given.</summary>
    public static Command AddTo(Command trace)
    {
        var online = new Command(trace.Name, trace.Description);
        foreach (Command offline in trace.Subcommands.Where(command => command.Name != "show").ToList())
            online.Add(offline);
        online.Add(CreateShow());
        online.Add(CreateRerun());
        return online;
    }

    // Neither an option nor a request in JSON.
    private static bool IsPlain(string argument) => argument is not (['-', ..] or ['{', ..]);

    private static Command CreateShow()
    {
        var chain = new Argument<string>("chain") { Description = "EIP-155 chain id, or the chain's name." };
        var hash = new Argument<string>("hash") { Description = "The transaction." };
        Option<bool> json = Settings.Json();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command(
            "show",
            "A transaction as the service knows it: frames, decoded names and arguments, logs, and the call that each is of. With a "
            + "receipt and a trace instead of chain and hash it works offline.")
        {
            chain, hash, json, api, keyFile,
        };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            (string on, string named) = (result.GetRequiredValue(chain), result.GetRequiredValue(hash));
            if (result.GetValue(json))
                Output.WriteJson(await client.GetRawAsync(
                    $"/v1/transactions/{Uri.EscapeDataString(on)}/{Uri.EscapeDataString(named)}", token));
            else
                Console.Out.WriteLine(TransactionText.Of(await client.GetTransactionAsync(on, named, token)));
            return 0;
        });
        return command;
    }

    private static Command CreateRerun()
    {
        var chain = new Argument<long>("chain") { Description = "EIP-155 chain id." };
        var hash = new Argument<string?>("hash")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The transaction. Without it: all that are unattributed.",
        };
        var force = new Option<bool>("--trace") { Description = "Trace it even when its receipt is enough." };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "rerun", "Attributes the logs of transactions to calls again; what was attributed stays until the new answer is there.")
        {
            chain, hash, force, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            Hash32? named = null;
            if (result.GetValue(hash) is { } text)
            {
                named = Hash32.TryParse(text, out Hash32 read, out string? error)
                    ? read
                    : throw new CliException(error, CliException.Usage);
            }

            if (named is null && result.GetValue(force))
                throw new CliException("--trace needs a hash.", CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            long on = result.GetRequiredValue(chain);
            int asked = await engine.WriteAsync(
                async (session, inner) =>
                {
                    int rows = await engine.Get<AttributionStore>().AskAgainAsync(session, on, named, result.GetValue(force), inner);
                    await engine.Get<OwnerStore>().AuditAsync(
                        session, EngineAccess.Actor, "trace.rerun", $"{on}", new { hash = named?.ToString(), transactions = rows }, inner);
                    return rows;
                },
                token);
            await Console.Error.WriteLineAsync(
                asked == 0 ? "There is nothing to attribute again." : $"{asked} transactions are attributed again; chainexec trace show.");
            return asked == 0 ? 1 : 0;
        });
        return command;
    }
}
