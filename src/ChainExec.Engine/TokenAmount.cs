using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChainExec.Ethereum;

namespace ChainExec;

/// <summary>
/// An amount of one asset in its smallest unit (wei, 10^-6 of a dollar). Never fractional, never negative, at most 2^256 - 1.
/// </summary>
[JsonConverter(typeof(TokenAmountJsonConverter))]
public readonly record struct TokenAmount : IComparable<TokenAmount>
{
    /// <summary>The largest amount: 2^256 - 1.</summary>
    public static readonly BigInteger MaxValue = (BigInteger.One << 256) - 1;

    /// <summary>Creates an amount from base units.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above <see cref="MaxValue"/>.</exception>
    public TokenAmount(BigInteger baseUnits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(baseUnits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(baseUnits, MaxValue);
        BaseUnits = baseUnits;
    }

    /// <summary>Nothing.</summary>
    public static TokenAmount Zero => default;

    /// <summary>The amount in the asset's smallest unit.</summary>
    public BigInteger BaseUnits { get; }

    /// <summary>Whether this is nothing.</summary>
    public bool IsZero => BaseUnits.IsZero;

    /// <summary>The amount as the EVM's word.</summary>
    public UInt256 ToUInt256() => UInt256.FromBigInteger(BaseUnits);

    /// <summary>The amount of an EVM word.</summary>
    public static TokenAmount From(UInt256 value) => new(value.ToBigInteger());

    /// <summary>Reads a decimal string without sign, spaces, leading zeros or exponent.</summary>
    public static bool TryParse(string? text, out TokenAmount amount)
    {
        amount = default;
        if (string.IsNullOrEmpty(text) || text.Length > 78 || (text.Length > 1 && text[0] == '0') || !text.All(char.IsAsciiDigit))
            return false;
        BigInteger value = BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        if (value > MaxValue)
            return false;
        amount = new TokenAmount(value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(TokenAmount other) => BaseUnits.CompareTo(other.BaseUnits);

    /// <summary>The base units as a decimal string.</summary>
    public override string ToString() => BaseUnits.ToString(CultureInfo.InvariantCulture);

    /// <summary>The sum.</summary>
    public static TokenAmount operator +(TokenAmount left, TokenAmount right) => new(left.BaseUnits + right.BaseUnits);

    /// <summary>The difference. Throws when it would be negative: an amount below zero is a bug, not a value.</summary>
    public static TokenAmount operator -(TokenAmount left, TokenAmount right) => new(left.BaseUnits - right.BaseUnits);

    /// <summary>Whether left is less.</summary>
    public static bool operator <(TokenAmount left, TokenAmount right) => left.BaseUnits < right.BaseUnits;

    /// <summary>Whether left is more.</summary>
    public static bool operator >(TokenAmount left, TokenAmount right) => left.BaseUnits > right.BaseUnits;

    /// <summary>Whether left is not more.</summary>
    public static bool operator <=(TokenAmount left, TokenAmount right) => left.BaseUnits <= right.BaseUnits;

    /// <summary>Whether left is not less.</summary>
    public static bool operator >=(TokenAmount left, TokenAmount right) => left.BaseUnits >= right.BaseUnits;
}

/// <summary>Amounts travel as decimal strings, never as JSON numbers.</summary>
internal sealed class TokenAmountJsonConverter : JsonConverter<TokenAmount>
{
    // Of 2^256 - 1.
    private const int DigitsMax = 78;

    public override TokenAmount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TokenAmount.TryParse(reader.GetString(), out TokenAmount amount)
            ? amount
            : throw new JsonException("An amount is a decimal string of base units.");

    public override void Write(Utf8JsonWriter writer, TokenAmount value, JsonSerializerOptions options)
    {
        Span<char> digits = stackalloc char[DigitsMax];
        value.BaseUnits.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        writer.WriteStringValue(digits[..length]);
    }
}
