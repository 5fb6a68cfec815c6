using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>The one argument that every offline command takes.</summary>
internal static class OfflineArgument
{
    private const string Request = "the whole request as one JSON object, or - to read that from standard input";

    public static (string Name, string Description) RequestOnly { get; } = ("request", "T" + Request[1..] + ".");

    /// <summary>Standard input only: what is in the arguments, other users of the machine can read.</summary>
    public static (string Name, string Description) StandardInputOnly { get; } =
        ("-", "Reads the whole request as one JSON object from standard input.");

    public static (string Name, string Description) Or(string name, string description) => (name, $"{description}; or {Request}.");

    /// <summary>Writes a field that may have been left out; the tool says so then.</summary>
    public static void Write(Utf8JsonWriter request, string name, string? value)
    {
        if (value is not null)
            request.WriteString(name, value);
    }

    /// <summary>Writes a field that is given as JSON.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static void WriteJson(Utf8JsonWriter request, string name, string json)
    {
        request.WritePropertyName(name);
        WriteJson(request, json);
    }

    /// <summary>Writes a value that is given as JSON.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static void WriteJson(Utf8JsonWriter request, string json)
    {
        try
        {
            request.WriteRawValue(json);
        }
        catch (JsonException)
        {
            throw new CliException("What must be JSON is none.", CliException.Usage);
        }
    }
}
