namespace ChainExec.Cli.Offline;

/// <summary>A request cannot be answered. The message never quotes a value, because a value can be a secret.</summary>
/// <param name="code">One of the stable codes below.</param>
/// <param name="reason">What is wrong, for a person.</param>
/// <param name="place">Where in the request, such as <c>values[1].to</c>; empty for the whole.</param>
internal sealed class OfflineException(string code, string reason, string place = "")
    : Exception(place.Length == 0 ? reason : $"{place}: {reason}")
{
    /// <summary>The line is not one JSON object in UTF-8, repeats a name, or is nested too deep.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary>The line is longer than <see cref="RequestLimits.LineMax"/>.</summary>
    public const string LineTooLong = "line_too_long";

    /// <summary>A field is missing, unknown, or of another JSON kind than it must be.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>A text is no ABI type, signature or declaration.</summary>
    public const string InvalidType = "invalid_type";

    /// <summary>A value is malformed or does not fit its type.</summary>
    public const string InvalidValue = "invalid_value";

    /// <summary>Bytes are no strict encoding of what they should be.</summary>
    public const string InvalidData = "invalid_data";

    /// <summary>A program or library that the answer needs is not installed.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>A defect of this tool.</summary>
    public const string Internal = "internal";

    public string Code { get; } = code;

    /// <summary>The same, found inside a field.</summary>
    public OfflineException In(string name) =>
        new(Code, reason, place.Length == 0 || place[0] == '[' ? name + place : $"{name}.{place}");

    /// <summary>The same, found in an item of a list.</summary>
    public OfflineException At(int index) =>
        new(Code, reason, place.Length == 0 || place[0] == '[' ? $"[{index}]{place}" : $"[{index}].{place}");

    public static OfflineException Request(string reason) => new(InvalidRequest, reason);

    public static OfflineException Value(string reason) => new(InvalidValue, reason);
}
