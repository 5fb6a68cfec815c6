using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.TypedData;

/// <summary>Hashes the values of structs (<c>hashStruct</c> and <c>encodeData</c> of EIP-712) and knows where it is when they do not
/// fit.</summary>
internal sealed class TypedDataEncoder(TypedDataTypes types, string root, bool numbersAreExact = false)
{
    // Depth ends values that contain themselves; the count ends those that contain themselves twice.
    private const int DepthMax = 64;
    private const int ValuesMax = 1 << 16;
    private const int Word = 32;

    private readonly List<(string? Name, int Index)> _path = [];
    private int _values;

    internal Hash32 HashStruct(TypedDataStruct type, object? value)
    {
        object?[] members = Members(type, value);
        byte[] data = new byte[Word * (1 + members.Length)];
        types.TypeHash(type.Name).CopyTo(data);
        for (int i = 0; i < members.Length; i++)
        {
            Enter(type.Fields[i].Name, 0);
            Write(type.Types[i], members[i] ?? throw Wrong("The field is missing"), data.AsSpan(Word * (1 + i), Word));
            Leave();
        }

        return Keccak256.Hash(data);
    }

    private object?[] Members(TypedDataStruct type, object? value)
    {
        object?[] members = new object?[type.Fields.Count];
        switch (value)
        {
            case JsonElement { ValueKind: JsonValueKind.Object } json:
                foreach (JsonProperty property in json.EnumerateObject())
                {
                    Place(type, members, NameOf(property), property.Value);
                }

                return members;
            case IReadOnlyDictionary<string, object?> map:
                foreach ((string name, object? member) in map)
                {
                    Place(type, members, name, member);
                }

                return members;
            default:
                throw Wrong($"An object is needed for the struct '{type.Name}'");
        }
    }

    private void Place(TypedDataStruct type, object?[] members, string name, object? value)
    {
        if (!type.TryFind(name, out int index))
        {
            throw Wrong($"The struct '{type.Name}' has no field '{name}', so the signature would not cover it");
        }

        if (members[index] is not null)
        {
            throw Wrong($"The field '{name}' is given twice");
        }

        members[index] = value;
    }

    private void Write(TypedDataType type, object value, Span<byte> word)
    {
        if (++_values > ValuesMax)
        {
            throw Wrong($"There are more than {ValuesMax} values");
        }

        switch (type.Kind)
        {
            case TypedDataKind.Struct:
                HashStruct(types.Find(type.StructName!), value).CopyTo(word);
                break;
            case TypedDataKind.Array:
                HashArray(type, value).CopyTo(word);
                break;
            case TypedDataKind.Text:
                byte[] utf8 = TypedDataValue.TryReadUtf8(value, out byte[] text) ? text : throw Wrong("A string is needed");
                Keccak256.Hash(utf8, word);
                break;
            case TypedDataKind.Bytes:
                Keccak256.Hash(ReadBytes(value).Span, word);
                break;
            case TypedDataKind.FixedBytes:
                WriteFixedBytes(type.Size, value, word);
                break;
            case TypedDataKind.Address:
                WriteAddress(value, word);
                break;
            case TypedDataKind.Bool:
                bool flag = TypedDataValue.TryReadBool(value, out bool isTrue) ? isTrue : throw Wrong("True or false is needed");
                word[^1] = flag ? (byte)1 : (byte)0;
                break;
            default:
                WriteInteger(type, value, word);
                break;
        }
    }

    private Hash32 HashArray(TypedDataType type, object value)
    {
        IEnumerable items = TypedDataValue.ReadItems(value, out int count) ?? throw Wrong("An array is needed");
        if (type.Size != 0 && count != type.Size)
        {
            throw Wrong($"{type.Size} items are needed, there are {count}");
        }

        if (count > ValuesMax)
        {
            throw Wrong($"There are more than {ValuesMax} values");
        }

        byte[] data = new byte[Word * count];
        int index = 0;
        foreach (object? item in items)
        {
            Enter(null, index);
            Write(type.Element!, item ?? throw Wrong("The item is missing"), data.AsSpan(Word * index, Word));
            Leave();
            index++;
        }

        return Keccak256.Hash(data);
    }

    private void WriteFixedBytes(int size, object value, Span<byte> word)
    {
        ReadOnlySpan<byte> bytes = ReadBytes(value).Span;
        if (bytes.Length != size)
        {
            throw Wrong($"{size} bytes are needed, there are {bytes.Length}");
        }

        bytes.CopyTo(word);
    }

    private void WriteAddress(object value, Span<byte> word)
    {
        if (!TypedDataValue.TryReadAddress(value, out Address address))
        {
            throw Wrong("An address is needed, with a valid checksum when its digits are of mixed case");
        }

        address.CopyTo(word[(Word - Address.Size)..]);
    }

    private void WriteInteger(TypedDataType type, object value, Span<byte> word)
    {
        if (!TypedDataValue.TryReadInteger(value, numbersAreExact, out BigInteger integer))
        {
            string number = numbersAreExact ? "a whole JSON number" : "a JSON number of at most 53 bits";
            throw Wrong($"An integer is needed: decimal digits, hexadecimal digits after 0x, or {number}");
        }

        bool isSigned = type.Kind == TypedDataKind.SignedInteger;
        BigInteger limit = BigInteger.One << (isSigned ? type.Size - 1 : type.Size);
        if (integer >= limit || integer < (isSigned ? -limit : BigInteger.Zero))
        {
            throw Wrong($"The number is outside {(isSigned ? "int" : "uint")}{type.Size}");
        }

        // Two's complement of 256 bits.
        BigInteger encoded = integer.Sign < 0 ? integer + (BigInteger.One << 256) : integer;
        UInt256.FromBigInteger(encoded).WriteBigEndian(word);
    }

    private ReadOnlyMemory<byte> ReadBytes(object value) =>
        TypedDataValue.TryReadBytes(value, out ReadOnlyMemory<byte> bytes) ? bytes : throw Wrong("Hexadecimal digits after 0x are needed");

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("The name of a field is not UTF-8");
        }
    }

    private void Enter(string? name, int index)
    {
        if (_path.Count == DepthMax)
        {
            throw Wrong($"Values are nested deeper than {DepthMax}");
        }

        _path.Add((name, index));
    }

    private void Leave() => _path.RemoveAt(_path.Count - 1);

    private TypedDataException Wrong(string message)
    {
        var path = new StringBuilder(root);
        foreach ((string? name, int index) in _path)
        {
            _ = name is null ? path.Append(CultureInfo.InvariantCulture, $"[{index}]") : path.Append('.').Append(name);
        }

        return new TypedDataException(message, path.ToString());
    }
}
