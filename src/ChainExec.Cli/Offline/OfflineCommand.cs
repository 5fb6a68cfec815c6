using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>
/// One offline command: what people write as arguments becomes the JSON request that programs send, so both are answered by the same tool.
/// </summary>
internal sealed class OfflineCommand
{
    private const string Standard = "-";
    private readonly Option<bool> _json = new("--json") { Description = "Print the answer, or the error, as JSON." };

    private readonly Option<bool> _jsonLines;
    private readonly Argument<string?> _input;
    private readonly Func<ParseResult, OfflineTool> _tool;
    private readonly RequestLimits _limits;
    private readonly bool _secret;
    private readonly Action<ParseResult, string?, Utf8JsonWriter>? _writeFields;

    private OfflineCommand(
        Func<ParseResult, OfflineTool> tool,
        RequestLimits limits,
        Argument<string?> input,
        bool secret,
        Action<ParseResult, string?, Utf8JsonWriter>? writeFields)
    {
        _jsonLines = new Option<bool>("--jsonl")
        {
            Description = "Read one JSON request from each line of standard input and print one JSON answer for each, in order. A line "
                + "that cannot be answered, also an empty one, gets {\"error\":{\"code\",\"message\"}}. A line has at most "
                + $"{limits.LineText}.",
        };
        _tool = tool;
        _limits = limits;
        _input = input;
        _secret = secret;
        _writeFields = writeFields;
    }

    /// <summary>Makes the command.</summary>
    /// <param name="inputName">The one argument: its name in the help, and what it means besides <c>-</c>.</param>
    /// <param name="secret">Requests hold secrets, so they come from standard input only.</param>
    /// <param name="writeFields">Writes the request's fields from the argument and the options; null when the argument must be the request.
    /// </param>
    public static Command Create(
        string name,
        string description,
        OfflineTool tool,
        (string Name, string Description) inputName,
        IReadOnlyList<Option> options,
        bool secret,
        Action<ParseResult, string?, Utf8JsonWriter>? writeFields) =>
        Create(name, description, _ => tool, inputName, options, secret, writeFields, RequestLimits.Values);

    /// <summary>Makes a command whose tool depends on its options, and whose requests may have another size.</summary>
    public static Command Create(
        string name,
        string description,
        Func<ParseResult, OfflineTool> tool,
        (string Name, string Description) inputName,
        IReadOnlyList<Option> options,
        bool secret,
        Action<ParseResult, string?, Utf8JsonWriter>? writeFields,
        RequestLimits limits)
    {
        var input = new Argument<string?>(inputName.Name) { Description = inputName.Description, Arity = ArgumentArity.ZeroOrOne };
        var made = new OfflineCommand(tool, limits, input, secret, writeFields);
        var command = new Command(name, description) { input };
        foreach (Option option in options)
            command.Add(option);
        command.Add(made._json);
        command.Add(made._jsonLines);
        command.SetAction(result => made.Run(result));
        return command;
    }

    private int Run(ParseResult result)
    {
        using Stream output = StandardStreams.OpenOutput();
        if (result.GetValue(_jsonLines))
        {
            if (result.GetValue(_input) is not null)
                throw new CliException("--jsonl reads its requests from standard input: give no other.", CliException.Usage);
            using Stream input = StandardStreams.OpenInput();
            JsonLines.Run(_tool(result), _limits, _secret, input, output);
            return 0;
        }

        byte[] request = RequestOf(result);
        using var answers = new Answers(_limits);
        bool answered = answers.Answer(_tool(result), request);
        if (_secret)
            request.AsSpan().Clear();
        if (result.GetValue(_json))
            output.Write(answers.Lines);
        else if (answered)
            output.Write(Encoding.UTF8.GetBytes(PlainAnswer.Of(answers.Lines)));
        else
            throw new CliException(PlainAnswer.ErrorOf(answers.Lines));
        return answered ? 0 : 1;
    }

    private byte[] RequestOf(ParseResult result)
    {
        string? input = result.GetValue(_input);
        if (input == Standard)
            return StandardStreams.ReadRequest(_limits.LineMax);
        bool isRequest = input?.TrimStart().StartsWith('{') == true;
        if (isRequest && _secret)
            throw new CliException("A request with a secret is read from standard input: give -, or --jsonl.", CliException.Usage);
        if (isRequest)
            return Encoding.UTF8.GetBytes(input!);
        if (_writeFields is null)
        {
            throw new CliException(
                "Give the request as one JSON object, - to read it from standard input, or --jsonl.", CliException.Usage);
        }

        // Large enough that what a person types is written in one place, and cleared from it.
        var request = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(request))
        {
            writer.WriteStartObject();
            _writeFields(result, input, writer);
            writer.WriteEndObject();
        }

        byte[] written = request.WrittenSpan.ToArray();
        request.Clear();
        return written;
    }
}
