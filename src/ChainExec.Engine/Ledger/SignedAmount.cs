using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChainExec.Ledger;

/// <summary>
/// A sum or a difference of amounts of one asset, in base units: a balance, a total. May be below zero, and above what one amount can be.
/// </summary>
[JsonConverter(typeof(SignedAmountJsonConverter))]
internal readonly record struct SignedAmount(BigInteger BaseUnits) : IComparable<SignedAmount>
{
    public static SignedAmount Zero => default;

    public bool IsZero => BaseUnits.IsZero;

    public bool IsNegative => BaseUnits.Sign < 0;

    public static implicit operator SignedAmount(TokenAmount amount) => new(amount.BaseUnits);

    public static SignedAmount operator +(SignedAmount left, SignedAmount right) => new(left.BaseUnits + right.BaseUnits);

    public static SignedAmount operator -(SignedAmount left, SignedAmount right) => new(left.BaseUnits - right.BaseUnits);

    public static bool operator <(SignedAmount left, SignedAmount right) => left.BaseUnits < right.BaseUnits;

    public static bool operator >(SignedAmount left, SignedAmount right) => left.BaseUnits > right.BaseUnits;

    public static bool operator <=(SignedAmount left, SignedAmount right) => left.BaseUnits <= right.BaseUnits;

    public static bool operator >=(SignedAmount left, SignedAmount right) => left.BaseUnits >= right.BaseUnits;

    public int CompareTo(SignedAmount other) => BaseUnits.CompareTo(other.BaseUnits);

    /// <summary>The base units as a decimal string, with a minus sign when below zero.</summary>
    public override string ToString() => BaseUnits.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Decimal strings, as every amount on the wire.</summary>
internal sealed class SignedAmountJsonConverter : JsonConverter<SignedAmount>
{
    // 10^96, the bound of every sum in the books, has 97 digits; a longer text is not ours to parse.
    private const int LengthMax = 98;

    public override SignedAmount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && reader.GetString() is { Length: > 0 and <= LengthMax } text
        && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger value)
            ? new SignedAmount(value)
            : throw new JsonException("A balance is a decimal string of base units.");

    public override void Write(Utf8JsonWriter writer, SignedAmount value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
