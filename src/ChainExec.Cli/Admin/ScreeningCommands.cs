using System.CommandLine;
using System.Globalization;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec screening</c>: lists of addresses that nobody pays.</summary>
internal static class ScreeningCommands
{
    private const int LineLengthMax = 1000;

    public static Command Create() => new(
        "screening", "Lists of addresses that nobody pays or is paid from; each entry is a freeze of its address that belongs to the list.")
    {
        CreateSet(), CreateList(),
    };

    private static Command CreateSet()
    {
        var list = new Option<string>("--list") { Description = "The list's name, such as ofac-sdn.", Required = true };
        var file = new Option<string>("--file")
        {
            Description = "All that is on it from now on: an address at the beginning of each line; empty lines and # lines are skipped.",
            Required = true,
        };
        var shrink = new Option<bool>("--allow-shrink")
        {
            Description = "Take off more than half of the list, or all of it; without this a file that was cut is refused.",
        };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("set", "Makes a list what a file says, in one transaction.") { list, file, shrink, database, config };
        command.SetAction(async (result, token) =>
        {
            IReadOnlyList<Address> addresses = await ReadAsync(result.GetRequiredValue(file), token);
            string name = result.GetRequiredValue(list);
            if (!ScreeningStore.IsName(name))
                throw new CliException("A list's name has small letters, digits, _ . and -, 64 at most.", CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            try
            {
                (int added, int lifted) = await engine.WriteAsync(
                    (session, inner) => engine.Get<ScreeningStore>().SetAsync(
                        session, name, addresses, result.GetValue(shrink), EngineAccess.Actor, inner),
                    token);
                await Console.Error.WriteLineAsync($"{name}: {addresses.Count} addresses, {added} of them new; {lifted} were taken off.");
                return 0;
            }
            catch (ShrinkingListException shrinks)
            {
                throw new CliException($"{shrinks.Message} --allow-shrink lets it.", CliException.Usage);
            }
        });
        return command;
    }

    private static Command CreateList()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("list", "The lists, and how many addresses are on each.") { json, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<ScreeningList> lists = await engine.WriteAsync(
                (session, inner) => engine.Get<ScreeningStore>().ListsAsync(session, inner), token);
            if (result.GetValue(json))
                Output.WriteJson(lists);
            else
                Output.WriteTable(
                    ["list", "addresses", "newest"],
                    [.. lists.Select(each => (IReadOnlyList<string>)
                    [
                        each.Name, each.Addresses.ToString(CultureInfo.InvariantCulture),
                        each.NewestAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture),
                    ])]);
            return 0;
        });
        return command;
    }

    // One wrong line refuses the file: a list that is half of what it should be looks like a whole one.
    private static async Task<IReadOnlyList<Address>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            throw new CliException($"There is no file {path}.", CliException.Usage);
        var addresses = new HashSet<Address>();
        int number = 0;
        await foreach (string line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            string text = line.Trim();
            if (text.Length == 0 || text.StartsWith('#'))
                continue;
            string first = text.Cut(LineLengthMax).Split([',', ';', ' ', '\t'], 2)[0];
            if (!Address.TryParse(first, out Address address, out string? error))
                throw new CliException($"Line {number} begins with no address: {error}", CliException.Usage);
            addresses.Add(address);
            if (addresses.Count > ScreeningStore.AddressesMax)
                throw new CliException($"A list has {ScreeningStore.AddressesMax} addresses at most.", CliException.Usage);
        }

        return [.. addresses];
    }
}
