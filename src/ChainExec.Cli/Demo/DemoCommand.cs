using System.CommandLine;
using ChainExec.Calls;
using ChainExec.Cli.Api;
using ChainExec.Client;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Cli.Demo;

/// <summary><c>chainexec demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var token = new Option<string>("--token")
        {
            Description = "The listed test dollar, which the node's first account may mint.", Required = true,
        };
        var payer = new Option<string>("--payer")
        {
            Description = "The account that pays; registered, its key in the signer.", Required = true,
        };
        var treasury = new Option<string>("--treasury")
        {
            Description = "A second account of the same owner; takes fees and a deposit.", Required = true,
        };
        var houseKey = new Option<string?>("--house-key-file")
        {
            Description = "File with a key of the owner house: the trial balance is then the whole book.",
        };
        Option<string?> config = Settings.Config();
        Option<string?> database = Settings.Database();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command("demo", "Makes payments on a local chain and shows what becomes of them; 1 when books and chain differ.")
        {
            token, payer, treasury, houseKey, config, database, api, keyFile, DemoOffRampCommand.Create(),
        };
        command.SetAction(async (result, cancellation) =>
        {
            Address[] addresses = [.. new[] { token, payer, treasury }.Select(option => Read(option, result))];
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            ChainExecClient house = result.GetValue(houseKey) is { } file ? ApiAccess.Open(result.GetValue(api), file) : client;
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            ChainProfile chain = engine.Get<ChainDirectory>().All.FirstOrDefault()
                ?? throw new CliException("No chain is configured: give the server's configuration with --config.", CliException.Usage);
            bool wholeBook = result.GetValue(houseKey) is not null;
            int exitCode = await RunAsync(engine, client, house, wholeBook, chain, addresses, cancellation);
            await Console.Out.WriteLineAsync(
                $"The service is at {ApiAccess.Address(result.GetValue(api))} (try /health/ready and /openapi/v1.json).");
            return exitCode;
        });
        return command;
    }

    private static async Task<int> RunAsync(
        EngineAccess engine, ChainExecClient client, ChainExecClient house, bool wholeBook, ChainProfile chain, Address[] addresses,
        CancellationToken cancellationToken)
    {
        AssetSnapshot assets = await engine.Get<AssetStore>().SnapshotAsync(chain.Id, cancellationToken);
        Asset dollar = assets.Token(addresses[0]) ?? throw new CliException($"{addresses[0]} is not listed: chainexec asset add.");
        try
        {
            OutsideWorld world = await OutsideWorld.OpenAsync(chain.Providers[0].Client, TimeProvider.System, cancellationToken);
            var console = new DemoConsole(TimeProvider.System);
            var story = new DemoStory(client, world, console, TimeProvider.System, chain.Id, dollar, addresses[1], addresses[2]);
            bool told = await story.RunAsync(cancellationToken);
            var comparison = new DemoComparison(house, wholeBook, world, assets, console, TimeProvider.System);
            bool equal = await comparison.RunAsync(cancellationToken);
            return told && equal ? 0 : 1;
        }
        catch (RpcException exception)
        {
            throw new CliException(exception.Message);
        }
    }

    private static Address Read(Option<string> option, ParseResult result) =>
        Address.TryParse(result.GetRequiredValue(option), out Address address, out string? error)
            ? address
            : throw new CliException($"{option.Name}: {error}", CliException.Usage);
}
