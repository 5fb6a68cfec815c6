using System.CommandLine;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec migrate</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var database = new Option<string?>("--database")
        {
            Description = "Connection string of a role that may create roles. Default: CHAINEXEC_ADMIN_DATABASE.",
        };
        var command = new Command("migrate", "Creates the roles and brings the schema to this build's version. Safe to repeat.")
        {
            database,
        };
        command.SetAction(async (result, token) =>
        {
            string connection = Settings.Require(result.GetValue(database), "CHAINEXEC_ADMIN_DATABASE", "--database");
            IReadOnlyList<string> applied = await Migrator.MigrateAsync(connection, token);
            foreach (string name in applied)
                Console.Out.WriteLine(name);
            await Console.Error.WriteLineAsync(applied.Count == 0 ? "The schema is up to date." : $"{applied.Count} migrations applied.");
            return 0;
        });
        return command;
    }
}
