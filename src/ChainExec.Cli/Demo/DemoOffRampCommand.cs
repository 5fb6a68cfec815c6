using System.CommandLine;
using ChainExec.Governance;

namespace ChainExec.Cli.Demo;

/// <summary><c>chainexec demo off-ramp</c>.</summary>
internal static class DemoOffRampCommand
{
    public static Command Create()
    {
        var sandbox = new Option<string>("--sandbox") { Description = "The sandbox's address: bank and exchange.", Required = true };
        var owner = new Option<string>("--owner") { Description = "The customer's name; has a credit line.", Required = true };
        (Option<string?> config, Option<string?> database) = (Settings.Config(), Settings.Database());
        var command = new Command(
            "off-ramp", "Sells coins of a customer, who has the dollars at once; 1 when it does not settle or the books do not balance.")
        {
            sandbox, owner, config, database,
        };
        command.SetAction(async (result, token) =>
        {
            if (!Uri.TryCreate(result.GetRequiredValue(sandbox), UriKind.Absolute, out Uri? address) || address.Scheme != "http")
                throw new CliException("--sandbox is no http address.", CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            Owner customer = await engine.OwnerAsync(result.GetRequiredValue(owner), token);
            using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
            var story = new DemoOffRamp(engine, http, address, new DemoConsole(TimeProvider.System), TimeProvider.System);
            return await story.RunAsync(customer.Id.Value, token) ? 0 : 1;
        });
        return command;
    }
}
