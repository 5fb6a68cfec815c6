using System.CommandLine;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec trace</c>.</summary>
internal static class TraceCommands
{
    public static Command Create() => new("trace", "Says which call of a transaction caused which log; offline.")
    {
        CreateAttribute(), CreateShow(),
    };

    private static Command CreateAttribute()
    {
        (Option<string?> receipt, Option<string?> trace) = Files();
        return OfflineCommand.Create(
            "attribute",
            """The operations of accounts in a transaction, and the logs of each of their calls: {"receipt","trace"}, as """
            + "eth_getTransactionReceipt and debug_traceTransaction with callTracer and withLog answer them, to "
            + """{"operations","overhead_logs","unattributed_logs"}.""",
            TraceTools.Attribute, OfflineArgument.RequestOnly, [receipt, trace], secret: false,
            (result, _, request) => WriteFiles(result, receipt, trace, request), RequestLimits.Traces);
    }

    private static Command CreateShow()
    {
        (Option<string?> receipt, Option<string?> trace) = Files();
        return OfflineCommand.Create(
            "show",
            """The same as a tree for people, with the names of well-known functions and events: {"receipt","trace"} to {"text"}.""",
            TraceText.Show, OfflineArgument.RequestOnly, [receipt, trace], secret: false,
            (result, _, request) => WriteFiles(result, receipt, trace, request), RequestLimits.Traces);
    }

    private static (Option<string?> Receipt, Option<string?> Trace) Files() => (
        new Option<string?>("--receipt") { Description = "A file with the receipt as JSON." },
        new Option<string?>("--trace") { Description = "A file with the trace as JSON." });

    private static void WriteFiles(ParseResult result, Option<string?> receipt, Option<string?> trace, Utf8JsonWriter request)
    {
        WriteFile(request, "receipt", result.GetValue(receipt));
        WriteFile(request, "trace", result.GetValue(trace));
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
