using System.CommandLine;
using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec asset</c>.</summary>
internal static class AssetCommands
{
    public static Command Create() => new("asset", "What may be moved and is booked.") { CreateList(), CreateAdd() };

    private static Command CreateList()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("list", "Lists the registry.") { json, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<Asset> assets = await engine.Get<AssetStore>().AllAsync(token);
            if (result.GetValue(json))
                Output.WriteJson(assets.Select(
                    asset => new { asset.Id, asset.Chain, Contract = asset.Contract?.ToString(), asset.Symbol, asset.Decimals }));
            else
                Output.WriteTable(
                    ["id", ">chain", "contract", "symbol", ">decimals"],
                    [.. assets.Select(asset => (IReadOnlyList<string>)
                        [asset.Id, $"{asset.Chain}", asset.Contract?.ToString() ?? "(native)", asset.Symbol, $"{asset.Decimals}"])]);
            return 0;
        });
        return command;
    }

    private static Command CreateAdd()
    {
        var chain = new Option<long>("--chain") { Description = "EIP-155 chain id.", Required = true };
        var contract = new Option<string>("--contract") { Description = "The token's contract.", Required = true };
        var symbol = new Option<string>("--symbol") { Description = "Such as USDC.", Required = true };
        var decimals = new Option<int>("--decimals") { Description = "Digits after the point when people read it.", Required = true };
        var id = new Option<string?>("--id") { Description = "Default: symbol and chain, such as usdc-1." };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("add", "Lists a token, or finds it listed, and prints its id.")
        {
            chain, contract, symbol, decimals, id, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            if (!Address.TryParse(result.GetRequiredValue(contract), out Address parsed, out string? error))
                throw new CliException(error, CliException.Usage);
            string name = result.GetValue(id) ?? $"{result.GetRequiredValue(symbol).ToLowerInvariant()}-{result.GetRequiredValue(chain)}";
            var asset = new Asset(
                name, result.GetRequiredValue(chain), parsed, result.GetRequiredValue(symbol), result.GetRequiredValue(decimals));
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            if (!await engine.WriteAsync((session, inner) => engine.Get<AssetStore>().ListAsync(session, asset, inner), token))
                throw new CliException($"{name} or its contract is listed already, as something else.");
            Console.Out.WriteLine(name);
            return 0;
        });
        return command;
    }
}
