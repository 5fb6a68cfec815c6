using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Tests.Transactions;

namespace ChainExec.Ethereum.Tests.TypedData;

/// <summary>Valid typed data from a number: structs in structs and arrays, of every kind of type; every subset of the domain.</summary>
internal sealed class RandomTypedData(Random random)
{
    private static readonly string[] Structs = ["Mail", "Person", "Zebra", "asset", "App:Order"];
    private static readonly string[] Texts = ["", "a", "Grüße", "🪙", "\"\\\n", new('x', 200)];

    private readonly Dictionary<string, List<(string Name, string Type)>> _types = [];

    internal string MakeJson()
    {
        for (int i = 0; i < Structs.Length; i++)
        {
            // Later structs only, or itself in an array that ends: values stay finite.
            int self = i;
            _types[Structs[i]] = [.. Enumerable.Range(0, 1 + random.Next(4)).Select(field => ($"f{field}", FieldType(self)))];
        }

        string primaryType = Structs[random.Next(Structs.Length)];
        var types = new JsonObject();
        foreach ((string name, List<(string Name, string Type)> fields) in _types.OrderBy(_ => random.Next()))
        {
            types[name] = new JsonArray(
                [.. fields.Select(field => new JsonObject { ["name"] = field.Name, ["type"] = field.Type })]);
        }

        return new JsonObject
        {
            ["types"] = types,
            ["primaryType"] = primaryType,
            ["domain"] = Domain(),
            ["message"] = Value(primaryType, 0),
        }.ToJsonString();
    }

    private JsonObject Domain()
    {
        (string Name, string Type)[] fields =
            [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"), ("salt", "bytes32")];
        var domain = new JsonObject();
        foreach ((string name, string type) in fields.Where(_ => random.Next(2) == 0).OrderBy(_ => random.Next()))
        {
            domain[name] = Value(type, 0);
        }

        return domain;
    }

    private string FieldType(int self)
    {
        string type = random.Next(9) switch
        {
            0 => $"uint{8 * random.Next(1, 33)}",
            1 => $"int{8 * random.Next(1, 33)}",
            2 => $"bytes{random.Next(1, 33)}",
            3 => "address",
            4 => "bool",
            5 => "bytes",
            6 => "string",
            7 => Structs[self] + "[]",
            _ => self + 1 < Structs.Length ? Structs[random.Next(self + 1, Structs.Length)] : "bool",
        };
        for (int depth = random.Next(4) == 0 ? random.Next(1, 4) : 0; depth > 0; depth--)
        {
            type += random.Next(2) == 0 ? "[]" : $"[{random.Next(1, 3)}]";
        }

        return type;
    }

    private JsonNode Value(string type, int depth)
    {
        if (type.EndsWith(']'))
        {
            int open = type.LastIndexOf('[');
            string length = type[(open + 1)..^1];
            int count = length.Length > 0 ? int.Parse(length, CultureInfo.InvariantCulture) : depth > 4 ? 0 : random.Next(3);
            return new JsonArray([.. Enumerable.Range(0, count).Select(_ => Value(type[..open], depth + 1))]);
        }

        if (_types.TryGetValue(type, out List<(string Name, string Type)>? fields))
        {
            var members = new JsonObject();
            foreach ((string name, string fieldType) in fields.OrderBy(_ => random.Next()))
            {
                members[name] = Value(fieldType, depth + 1);
            }

            return members;
        }

        return type switch
        {
            "address" => random.Next(2) == 0 ? RandomTransactions.Account(random).ToString() : RandomTransactions.Account(random).ToHex(),
            "bool" => random.Next(2) == 0,
            "string" => Texts[random.Next(Texts.Length)],
            "bytes" => Hex.Encode(RandomTransactions.Bytes(random, random.Next(70))),
            _ when type.StartsWith("bytes", StringComparison.Ordinal) => Hex.Encode(RandomTransactions.Bytes(random, Digits(type))),
            _ => Integer(type.StartsWith('i'), Digits(type)),
        };
    }

    private JsonNode Integer(bool isSigned, int bits)
    {
        BigInteger max = (BigInteger.One << (isSigned ? bits - 1 : bits)) - 1;
        BigInteger value = random.Next(4) switch
        {
            0 => max,
            1 => isSigned ? -max - 1 : 0,
            _ => new BigInteger(RandomTransactions.Bytes(random, bits / 8), isUnsigned: !isSigned) >> random.Next(bits),
        };
        if (BigInteger.Abs(value) < 1L << 53 && random.Next(2) == 0)
        {
            return (long)value;
        }

        return value.Sign >= 0 && random.Next(2) == 0
            ? Hex.EncodeQuantity(UInt256.FromBigInteger(value))
            : value.ToString(CultureInfo.InvariantCulture);
    }

    private static int Digits(string type) => int.Parse(type.AsSpan().TrimStart("uintbytes"), CultureInfo.InvariantCulture);
}
