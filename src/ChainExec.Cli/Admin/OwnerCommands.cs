using System.CommandLine;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec owner</c>.</summary>
internal static class OwnerCommands
{
    public static Command Create() => new("owner", "Clients of the API.") { CreateCreate() };

    private static Command CreateCreate()
    {
        var name = new Argument<string>("name") { Description = "Unique name. The owner named house sees the whole book." };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("create", "Creates an owner, or finds the one of that name, and prints its id.")
        {
            name, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            OwnerId id = await engine.WriteAsync(
                (session, inner) => engine.Get<OwnerStore>().EnsureOwnerAsync(
                    session, result.GetRequiredValue(name), EngineAccess.Actor, inner),
                token);
            Console.Out.WriteLine(id);
            return 0;
        });
        return command;
    }
}
