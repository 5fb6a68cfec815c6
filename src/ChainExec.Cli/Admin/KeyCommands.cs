using System.CommandLine;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec key</c>.</summary>
internal static class KeyCommands
{
    public static Command Create() => new("key", "API keys.") { CreateCreate() };

    private static Command CreateCreate()
    {
        var owner = new Option<string>("--owner") { Description = "The owner's name.", Required = true };
        var name = new Option<string>("--name") { Description = "What the key is for.", DefaultValueFactory = _ => "default" };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("create", "Creates a key and prints it, this once.") { owner, name, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            Owner found = await engine.OwnerAsync(result.GetRequiredValue(owner), token);
            ApiKeySecret secret = await engine.WriteAsync(
                (session, inner) => engine.Get<OwnerStore>().CreateKeyAsync(
                    session, found.Id, result.GetRequiredValue(name), EngineAccess.Actor, inner),
                token);
            Console.Out.WriteLine(secret.Text);
            await Console.Error.WriteLineAsync("Keep it: it is stored as a hash and cannot be shown again.");
            return 0;
        });
        return command;
    }
}
