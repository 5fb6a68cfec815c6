using System.CommandLine;
using ChainExec.Facts;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec facts</c>.</summary>
internal static class FactCommands
{
    private const int ParkedMax = 1000;

    public static Command Create() => new("facts", "The fact stream.") { CreateParked(), CreateRetry() };

    private static Command CreateParked()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("parked", "Facts that a consumer could not handle, and what waits behind them.")
        {
            json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<ParkedFact> parked = await engine.Get<FactQueries>().ParkedAsync(ParkedMax, token);
            if (result.GetValue(json))
                Output.WriteJson(parked);
            else
                Output.WriteTable(
                    ["consumer", ">position", "type", "key", "reason", ">attempts", "error"],
                    [.. parked.Select(fact => (IReadOnlyList<string>)
                        [fact.Consumer, $"{fact.Position}", fact.Type, fact.Key, fact.Reason, $"{fact.Attempts}", fact.Error])]);
            return 0;
        });
        return command;
    }

    private static Command CreateRetry()
    {
        var consumer = new Option<string>("--consumer") { Description = "The consumer.", Required = true };
        var key = new Option<string>("--key") { Description = "The key whose parked facts are tried again, in order.", Required = true };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("retry", "Has the consumer try a key's parked facts again in its next turn.")
        {
            consumer, key, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (string who, string what) = (result.GetRequiredValue(consumer), result.GetRequiredValue(key));
            int requested = await engine.WriteAsync(
                async (session, inner) =>
                {
                    int facts = await engine.Get<ConsumerStore>().RequestRetryAsync(session, who, what, inner);
                    await engine.Get<OwnerStore>().AuditAsync(
                        session, EngineAccess.Actor, "facts.retry", what, new { consumer = who, facts }, inner);
                    return facts;
                },
                token);
            await Console.Error.WriteLineAsync($"{requested} facts will be tried again.");
            return requested > 0 ? 0 : 1;
        });
        return command;
    }
}
