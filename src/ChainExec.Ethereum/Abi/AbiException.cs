namespace ChainExec.Ethereum.Abi;

/// <summary>Text is no ABI, values do not fit their types, or bytes are no encoding of the types asked for.</summary>
public sealed class AbiException : FormatException
{
    private readonly string _reason;
    private readonly string _place;

    /// <summary>Says what is wrong and where.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="position">See <see cref="Position"/>.</param>
    public AbiException(string message, int position)
        : this(message, position, "")
    {
    }

    private AbiException(string reason, int position, string place)
        : base(place.Length == 0 ? $"{reason} (position {position})" : $"{place}: {reason} (position {position})")
    {
        _reason = reason;
        _place = place;
        Position = position;
    }

    /// <summary>
    /// Where: the character of a declaration, the byte of JSON in UTF-8, the index of the argument when encoding, or the byte of the data
    /// when decoding.
    /// </summary>
    public int Position { get; }

    /// <summary>The same error with the element in front that holds it, such as <c>inputs[0]</c>.</summary>
    internal AbiException Within(string place) => new(_reason, Position, _place.Length == 0 ? place : $"{place}.{_place}");

    /// <summary>The same error at another position.</summary>
    internal AbiException At(int position) => new(_reason, position, _place);
}
