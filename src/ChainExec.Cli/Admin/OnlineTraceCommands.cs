using System.CommandLine;
using ChainExec.Attribution;
using ChainExec.Ethereum;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary>What of <c>chainexec trace</c> is not offline.</summary>
internal static class OnlineTraceCommands
{
    /// <summary>Whether the arguments name one of these.</summary>
    public static bool Own(string[] args) => args is ["trace", "rerun", ..];

    /// <summary>Adds them below the offline ones.</summary>
    public static Command AddTo(Command trace)
    {
        trace.Add(CreateRerun());
        return trace;
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
