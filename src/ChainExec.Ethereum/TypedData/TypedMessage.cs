using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.TypedData;

/// <summary>
/// A message of EIP-712, hashed. Every value must fit its declared type exactly, every field must be given and no other: what is shown
/// to whoever signs is then what the digest covers.
/// </summary>
public sealed class TypedMessage
{
    /// <summary>The longest JSON text accepted, in characters.</summary>
    public const int TextLengthMax = 4 * 1024 * 1024;

    private TypedMessage(
        Dictionary<string, IReadOnlyList<TypedDataField>> structs, string primaryType, object domain, object? message, bool numbersAreExact)
    {
        Types = new TypedDataTypes(structs);
        PrimaryType = Types.Contains(primaryType)
            ? primaryType
            : throw new TypedDataException($"The struct '{primaryType}' is not declared", "primaryType");
        DomainSeparator = new TypedDataEncoder(Types, "domain", numbersAreExact).HashStruct(Types.Find(TypedDataTypes.DomainName), domain);

        if (primaryType == TypedDataTypes.DomainName)
        {
            // Wallets sign a bare domain without a message behind it.
            StructHash = DomainSeparator;
            Digest = Eip191.BareDomainDigest(DomainSeparator);
            return;
        }

        StructHash = new TypedDataEncoder(Types, "message", numbersAreExact).HashStruct(Types.Find(primaryType), message);
        Digest = Eip191.TypedDataDigest(DomainSeparator, StructHash);
    }

    /// <summary>The struct types, with that of the domain.</summary>
    public TypedDataTypes Types { get; }

    /// <summary>The struct that the message is.</summary>
    public string PrimaryType { get; }

    /// <summary>The hash of the domain.</summary>
    public Hash32 DomainSeparator { get; }

    /// <summary>The hash of the message; of the domain when that is the primary type.</summary>
    public Hash32 StructHash { get; }

    /// <summary>What is signed.</summary>
    public Hash32 Digest { get; }

    /// <summary>Reads a JSON text of the form that <see cref="FromJson(JsonElement)"/> takes.</summary>
    /// <exception cref="TypedDataException">The text is longer than <see cref="TextLengthMax"/>, no JSON, or does not fit.</exception>
    public static TypedMessage ParseJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > TextLengthMax)
        {
            throw new TypedDataException($"The text has more than {TextLengthMax} characters", "$");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return FromJson(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new TypedDataException($"Not JSON: {error.Message}", "$");
        }
        catch (ArgumentException error) when (error.InnerException is EncoderFallbackException)
        {
            throw new TypedDataException("The text has an unpaired surrogate", "$");
        }
    }

    /// <summary>
    /// Reads an object of <c>types</c>, <c>primaryType</c>, <c>domain</c> and <c>message</c>; other members are not looked at. Integers
    /// are decimal or hexadecimal strings or JSON numbers of at most 53 bits; bytes and addresses are hexadecimal strings. The domain's
    /// type is that of its members in the standard's order unless <c>types</c> has <c>EIP712Domain</c>. When that is the primary type,
    /// there is no message.
    /// </summary>
    /// <exception cref="TypedDataException">A part is missing, or does not fit.</exception>
    public static TypedMessage FromJson(JsonElement root) => FromJson(root, numbersAreExact: false);

    /// <summary>
    /// Reads the same; with <paramref name="numbersAreExact"/> integers are also JSON numbers of any size, taken by their digits: for
    /// those who know that whatever wrote the JSON does not round.
    /// </summary>
    /// <exception cref="TypedDataException">A part is missing, or does not fit.</exception>
    public static TypedMessage FromJson(JsonElement root, bool numbersAreExact)
    {
        Dictionary<string, JsonElement> parts = TypedDataJson.Properties(root, "$");
        Dictionary<string, IReadOnlyList<TypedDataField>> structs = TypedDataJson.ReadTypes(Part("types"));
        string primaryType = TypedDataJson.ReadText(Part("primaryType"), "primaryType");
        JsonElement domain = Part("domain");
        if (!structs.ContainsKey(TypedDataTypes.DomainName))
        {
            structs.Add(TypedDataTypes.DomainName, TypedDataDomain.FieldsOf(TypedDataJson.Properties(domain, "domain").Keys));
        }

        if (primaryType != TypedDataTypes.DomainName)
        {
            return new TypedMessage(structs, primaryType, domain, Part("message"), numbersAreExact);
        }

        return !parts.TryGetValue("message", out JsonElement message) || TypedDataJson.Properties(message, "message").Count == 0
            ? new TypedMessage(structs, primaryType, domain, null, numbersAreExact)
            : throw new TypedDataException("The domain is the primary type, so there is no message to sign", "message");

        JsonElement Part(string name) => parts.TryGetValue(name, out JsonElement part)
            ? part
            : throw new TypedDataException("The part is missing", name);
    }

    /// <summary>
    /// Hashes .NET values. A struct is a dictionary by field name; an array any list; an integer a <see cref="UInt256"/>, <see
    /// cref="System.Numerics.BigInteger"/> or .NET integer; bytes a byte array, memory or <see cref="Hash32"/>; and everything also the
    /// text that JSON would have.
    /// </summary>
    /// <param name="structs">The struct types; without <c>EIP712Domain</c>, that type is made of the fields of <paramref
    /// name="domain"/>.</param>
    /// <param name="primaryType">The struct that the message is; not <c>EIP712Domain</c>.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="message">The message's fields.</param>
    /// <exception cref="TypedDataException">The types are not well-formed or a value does not fit.</exception>
    public static TypedMessage Create(
        IReadOnlyDictionary<string, IReadOnlyList<TypedDataField>> structs,
        string primaryType,
        TypedDataDomain domain,
        IReadOnlyDictionary<string, object?> message)
    {
        ArgumentNullException.ThrowIfNull(structs);
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(message);
        if (primaryType == TypedDataTypes.DomainName)
        {
            throw new TypedDataException("The domain is no message", "primaryType");
        }

        var all = new Dictionary<string, IReadOnlyList<TypedDataField>>(structs, StringComparer.Ordinal);
        Dictionary<string, object?> members = domain.Members();
        all.TryAdd(TypedDataTypes.DomainName, TypedDataDomain.FieldsOf(members.Keys));
        return new TypedMessage(all, primaryType, members, message, numbersAreExact: false);
    }
}
