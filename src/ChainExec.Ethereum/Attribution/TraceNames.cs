using System.Globalization;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// Calls and logs as a person reads them: names and plain arguments of well-known functions and events. Selectors and topics are nobody's
/// property, so every name is a guess. Texts are bounded and free of what could steer a terminal.
/// </summary>
public static class TraceNames
{
    private const int WordsMax = 240;

    // Chains add theirs up to 0x100, P-256.
    private static readonly Address PrecompileMin = Address.FromBytes([.. new byte[19], 0x01]);
    private static readonly Address PrecompileMax = Address.FromBytes([.. new byte[18], 0x01, 0x00]);

    /// <summary>What a call calls.</summary>
    /// <param name="to">The target.</param>
    /// <param name="creation">Whether it makes a contract.</param>
    /// <param name="data">Its data, or the beginning of it.</param>
    public static string Called(Address? to, bool creation, ReadOnlySpan<byte> data)
    {
        if (creation)
        {
            return "creation";
        }

        if (to is { } target && PrecompileMin <= target && target <= PrecompileMax)
        {
            return "precompile";
        }

        if (data.Length < sizeof(uint))
        {
            return "no function";
        }

        if (KnownDeclarations.Function(data) is not { } function)
        {
            return Hex.Encode(data[..sizeof(uint)]);
        }

        if (function.Inputs.Any(input => input.Type.IsDynamic))
        {
            return function.Name;
        }

        try
        {
            return Listed(function.Name, function.Inputs, function.DecodeCall(data));
        }
        catch (AbiException)
        {
            return $"{function.Name}(malformed)";
        }
    }

    /// <summary>What a log says.</summary>
    public static string Emitted(IReadOnlyList<Hash32> topics, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(topics);
        if (topics.Count == 0)
        {
            return "anonymous";
        }

        if (KnownDeclarations.Event(topics[0]) is not { } known)
        {
            return topics[0].ToString();
        }

        try
        {
            return Listed(known.Name, known.Inputs, known.Decode(topics, data));
        }
        catch (AbiException)
        {
            return $"{known.Name}(malformed)";
        }
    }

    /// <summary>What contracts and nodes say, without what could steer a terminal.</summary>
    public static string Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string cut = text.Length > WordsMax ? text[..WordsMax] + "…" : text;
        return string.Concat(cut.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
    }

    private static string Listed(string name, IReadOnlyList<AbiParameter> inputs, object[] values) => Words(
        $"{name}({string.Join(", ", inputs.Zip(values, (input, value) => $"{input.Name} {Text(value)}"))})");

    private static string Text(object value) => value switch
    {
        byte[] bytes => Hex.Encode(bytes),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
