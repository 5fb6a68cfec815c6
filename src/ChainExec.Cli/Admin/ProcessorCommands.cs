using System.CommandLine;
using System.Globalization;
using ChainExec.Attribution.Processors;
using ChainExec.Ethereum;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec processor</c>: how far processors are, where they are parked, and on again.</summary>
internal static class ProcessorCommands
{
    private const int ShownMax = 1000;

    public static Command Create() =>
        new("processor", "Log and transaction processors: docs/guide/processors.md.") { CreateList(), CreateParked(), CreateRetry() };

    private static Command CreateList()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("list", "The processors that ever ran here, and how far behind the stream each is.")
        {
            json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<ProcessorCursor> cursors = await engine.Get<ProcessorStore>().CursorsAsync(token);
            if (result.GetValue(json))
                Output.WriteJson(cursors);
            else
                Output.WriteTable(
                    ["processor", ">version", ">position", ">behind", ">parked"],
                    [.. cursors.Select(cursor => (IReadOnlyList<string>)
                        [cursor.Name, $"{cursor.Version}", $"{cursor.Position}", $"{cursor.Behind}", $"{cursor.Parked}"])]);
            return 0;
        });
        return command;
    }

    private static Command CreateParked()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("parked", "The blocks at which processors are parked, oldest first; 1 when there are any.")
        {
            json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<ParkedBlock> parked = await engine.Get<ProcessorStore>().OpenOnesAsync(ShownMax, token);
            if (result.GetValue(json))
                Output.WriteJson(parked.Select(block => new
                {
                    block.Processor, block.Block.Chain, block.Number, Hash = block.Block.Block.ToString(), block.Attempts, block.At,
                    block.Error,
                }));
            else
                Output.WriteTable(
                    ["since", "processor", "chain", ">block", "error"],
                    [.. parked.Select(block => (IReadOnlyList<string>)
                    [
                        block.At.UtcDateTime.ToString("u", CultureInfo.InvariantCulture), block.Processor, $"{block.Block.Chain}",
                        $"{block.Number}", block.Error.ReplaceLineEndings(" "),
                    ])]);
            return parked.Count == 0 ? 0 : 1;
        });
        return command;
    }

    private static Command CreateRetry()
    {
        var name = new Argument<string>("processor") { Description = "As listed." };
        var block = new Option<string?>("--block") { Description = "Only the block of this hash." };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("retry", "Runs a processor again on the blocks at which it is parked, after it was mended.")
        {
            name, block, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            Hash32? hash = null;
            if (result.GetValue(block) is { } text)
                hash = Hash32.TryParse(text, out Hash32 read, out string? error) ? read : throw new CliException(error, CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            string processor = result.GetRequiredValue(name);
            int released = await engine.WriteAsync(
                async (session, inner) =>
                {
                    int rows = await engine.Get<ProcessorStore>().ReleaseAsync(session, processor, hash, inner);
                    await engine.Get<OwnerStore>().AuditAsync(
                        session, EngineAccess.Actor, "processor.retry", processor, new { block = hash?.ToString(), blocks = rows }, inner);
                    return rows;
                },
                token);
            await Console.Error.WriteLineAsync(
                released == 0 ? $"{processor} is parked nowhere." : $"{processor} is run again on {released} blocks.");
            return released == 0 ? 1 : 0;
        });
        return command;
    }
}
