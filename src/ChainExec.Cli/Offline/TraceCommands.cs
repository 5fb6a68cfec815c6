using System.CommandLine;
using System.Text.Json;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec trace</c>.</summary>
internal static class TraceCommands
{
    public static Command Create() => new("trace", "Says which call of a transaction caused which log; offline.")
    {
        Create(
            "attribute",
            """The operations of accounts in a transaction, and the logs of each of their calls: {"receipt","trace"}, as """
            + "eth_getTransactionReceipt and debug_traceTransaction with callTracer and withLog answer them, to "
            + """{"operations","overhead_logs","unattributed_logs"}.""",
            TraceTools.Attribute),
        Create(
            "show",
            """The same as a tree for people, with the names of well-known functions and events: {"receipt","trace"} to {"text"}. """
            + "With a chain and a hash instead it shows what the service knows: chainexec trace show CHAIN HASH.",
            TraceText.Show),
    };

    private static Command Create(string name, string description, Func<BatchTable, OfflineTool> tool)
    {
        var receipt = new Option<string?>("--receipt") { Description = "A file with the receipt as JSON." };
        var trace = new Option<string?>("--trace") { Description = "A file with the trace as JSON." };
        var batches = new Option<string[]>("--batch")
        {
            Description = "A batch function of accounts besides the known ones, as a declaration whose parameters are named to, value, "
                + "data and operation, such as 'pay(address[] to, uint256[] value, bytes[] data)'. May be given several times.",
        };
        return OfflineCommand.Create(
            name, description, result => tool(Table(result.GetValue(batches) ?? [])), OfflineArgument.RequestOnly,
            [receipt, trace, batches], secret: false,
            (result, _, request) =>
            {
                WriteFile(request, "receipt", result.GetValue(receipt));
                WriteFile(request, "trace", result.GetValue(trace));
            },
            RequestLimits.Traces);
    }

    private static BatchTable Table(string[] declarations)
    {
        try
        {
            return BatchTable.Shipped.With(
                [.. declarations.Select(declaration => new BatchDefinition(declaration, OperationKind.Eip7702))]);
        }
        catch (Exception exception) when (exception is AbiException or ArgumentException)
        {
            throw new CliException($"--batch is no batch function: {exception.Message}", CliException.Usage);
        }
    }

    private static void WriteFile(Utf8JsonWriter request, string name, string? path)
    {
        if (path is null)
            return;
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new CliException($"There is no file {path}.", CliException.Usage);
        if (file.Length > RequestLimits.Traces.LineMax)
            throw new CliException($"{path} has more than {RequestLimits.Traces.LineText}.", CliException.Usage);
        request.WritePropertyName(name);

        // Whether it is JSON is seen when the request is read, which knows how deep a trace may nest.
        request.WriteRawValue(File.ReadAllBytes(path), skipInputValidation: true);
    }
}
