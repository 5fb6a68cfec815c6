using System.Numerics;
using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Tests.TypedData;

/// <summary>The example of EIP-712, and messages hashed by an independent implementation.</summary>
public sealed class TypedMessageTests
{
    private const string Mail = """
        {
          "types": {
            "EIP712Domain": [
              {"name": "name", "type": "string"},
              {"name": "version", "type": "string"},
              {"name": "chainId", "type": "uint256"},
              {"name": "verifyingContract", "type": "address"}
            ],
            "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
            "Mail": [
              {"name": "from", "type": "Person"},
              {"name": "to", "type": "Person"},
              {"name": "contents", "type": "string"}
            ]
          },
          "primaryType": "Mail",
          "domain": {"name": "Ether Mail", "version": "1", "chainId": 1, "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},
          "message": {
            "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
            "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
            "contents": "Hello, Bob!"
          }
        }
        """;

    private const string Arrays = """
        {
          "types": {
            "All": [
              {"name": "a", "type": "uint8"},
              {"name": "b", "type": "int256"},
              {"name": "c", "type": "int8[]"},
              {"name": "d", "type": "bytes4"},
              {"name": "e", "type": "bytes"},
              {"name": "f", "type": "bool[2]"},
              {"name": "g", "type": "string[][2]"},
              {"name": "h", "type": "Item[]"},
              {"name": "i", "type": "address"},
              {"name": "j", "type": "Item[2][]"}
            ],
            "Item": [{"name": "id", "type": "uint64"}, {"name": "sub", "type": "Zeta"}],
            "Zeta": [{"name": "z", "type": "bytes32"}],
            "Unused": [{"name": "x", "type": "uint256"}]
          },
          "primaryType": "All",
          "domain": {"name": "Ünï", "salt": "0xabababababababababababababababababababababababababababababababab"},
          "message": {
            "a": 255,
            "b": "-57896044618658097711785492504343953926634992332820282019728792003956564819968",
            "c": [-128, 127, 0, -1],
            "d": "0x01020304",
            "e": "0x",
            "f": [true, false],
            "g": [["a", "b"], []],
            "h": [
              {"id": 1, "sub": {"z": "0x0101010101010101010101010101010101010101010101010101010101010101"}},
              {"id": "18446744073709551615", "sub": {"z": "0x0202020202020202020202020202020202020202020202020202020202020202"}}
            ],
            "i": "0x0000000000000000000000000000000000000000",
            "j": [
              [{"id": 1, "sub": {"z": "0x0101010101010101010101010101010101010101010101010101010101010101"}},
               {"id": 2, "sub": {"z": "0x0101010101010101010101010101010101010101010101010101010101010101"}}]
            ]
          }
        }
        """;

    private const string Recursive = """
        {
          "types": {"Node": [{"name": "name", "type": "string"}, {"name": "children", "type": "Node[]"}]},
          "primaryType": "Node",
          "domain": {},
          "message": {
            "name": "root",
            "children": [
              {"name": "left", "children": []},
              {"name": "right", "children": [{"name": "leaf", "children": []}]}
            ]
          }
        }
        """;

    private const string Chain = """
        {
          "types": {"App:Order": [{"name": "amount", "type": "uint256"}]},
          "primaryType": "App:Order",
          "domain": {"chainId": 137},
          "message": {"amount": "0xff"}
        }
        """;

    private const string Bare = """
        {
          "types": {},
          "primaryType": "EIP712Domain",
          "domain": {"name": "x", "version": "2"}
        }
        """;

    public static TheoryData<string, string, string, string> Vectors => new()
    {
        {
            Mail, "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2",
            "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f",
            "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"
        },
        {
            Arrays, "0x4f0b66ce69c3283cb6b1a2970be5aff682949b8fd2d1ab70f3361a52157a84e2",
            "0xa687b62fe8fb8a70ed33f90dc15dbed75f12d1ca3ca1c4f7290d3ac04cef3857",
            "0x11bdcd19500f632dc0241fe771c8ae63a39c903f0aa97d3f1e9eebbe4328761e"
        },
        {
            Recursive, "0x477936266c956030909d95794c68d8c7ae53f6beeac5342901dc9316984e616a",
            "0x6192106f129ce05c9075d319c1fa6ea9b3ae37cbd0c1ef92e2be7137bb07baa1",
            "0xee0ccc374fa4ea290f51ff12c75f8fad9baed78c472f728df77b7663439506fe"
        },
        {
            Chain, "0xea70f24f43b9042c74e58f91c29c028e510d674b160408c2f18f9e3d014b82e1",
            "0x0f36ac79126b93ead2d733b9e11d4778e4cd7ced7ec0a48c4843b51d32055cc1",
            "0xc180ca81d2b818c8d81b256fea9fc00ae2833ef745f0c8fd21d9ebc49b43a0c4"
        },
        {
            Bare, "0x132773b23c639475f2e094748d9c030d510d48c31c25ad00e2cd2111320a3e12",
            "0xbf81a3ea0021e20f46d784d5f2d9fe5b28a16800770d1fa8a71d307796d65f10",
            "0xbf81a3ea0021e20f46d784d5f2d9fe5b28a16800770d1fa8a71d307796d65f10"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Json_message_has_the_hashes_of_an_independent_implementation(string json, string digest, string domain, string message)
    {
        TypedMessage typed = TypedMessage.ParseJson(json);
        Assert.Equal(domain, typed.DomainSeparator.ToString());
        Assert.Equal(message, typed.StructHash.ToString());
        Assert.Equal(digest, typed.Digest.ToString());
    }

    [Fact]
    public void Type_is_encoded_with_the_structs_it_refers_to_in_the_order_of_their_names()
    {
        TypedDataTypes types = TypedMessage.ParseJson(Mail).Types;
        Assert.Equal("Mail(Person from,Person to,string contents)Person(string name,address wallet)", types.EncodeType("Mail"));
        Assert.Equal("0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2", types.TypeHash("Mail").ToString());
        Assert.Equal("Node(string name,Node[] children)", TypedMessage.ParseJson(Recursive).Types.EncodeType("Node"));
        Assert.EndsWith(
            "Item(uint64 id,Zeta sub)Zeta(bytes32 z)", TypedMessage.ParseJson(Arrays).Types.EncodeType("All"), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_dotnet_have_the_hashes_of_the_same_json()
    {
        var structs = new Dictionary<string, IReadOnlyList<TypedDataField>>
        {
            ["Person"] = [new("name", "string"), new("wallet", "address")],
            ["Mail"] = [new("from", "Person"), new("to", "Person"), new("contents", "string")],
        };
        var domain = new TypedDataDomain("Ether Mail", "1", 1, Address.Parse("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"));
        Dictionary<string, object?> message = new()
        {
            ["from"] = Person("Cow", Address.Parse("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")),
            ["to"] = Person("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"),
            ["contents"] = "Hello, Bob!",
        };
        Assert.Equal(TypedMessage.ParseJson(Mail).Digest, TypedMessage.Create(structs, "Mail", domain, message).Digest);
    }

    [Fact]
    public void Integers_and_bytes_of_every_dotnet_kind_are_hashed_as_their_texts()
    {
        var structs = new Dictionary<string, IReadOnlyList<TypedDataField>>
        {
            ["T"] = [new("n", "int256[]"), new("b", "bytes32[]"), new("d", "bytes"), new("f", "bool[]")],
        };
        byte[] bytes = new byte[32];
        bytes[0] = 0xAB;
        Dictionary<string, object?> values = new()
        {
            ["n"] = new object[]
            {
                1, 2U, 3L, ulong.MaxValue, (byte)4, (sbyte)-5, (short)-6, (ushort)7, (UInt256)8UL, new BigInteger(-9), "0x0a",
            },
            ["b"] = new object[] { bytes, (ReadOnlyMemory<byte>)bytes, Hash32.FromBytes(bytes) },
            ["d"] = new byte[] { 1, 2 },
            ["f"] = new[] { true, false },
        };
        string text = "0xab" + new string('0', 62);
        Dictionary<string, object?> texts = new()
        {
            ["n"] = new[] { "1", "2", "3", "18446744073709551615", "4", "-5", "-6", "7", "8", "-9", "10" },
            ["b"] = new[] { text, text, text },
            ["d"] = "0x0102",
            ["f"] = new List<object> { true, false },
        };
        Assert.Equal(
            TypedMessage.Create(structs, "T", new TypedDataDomain(), texts).StructHash,
            TypedMessage.Create(structs, "T", new TypedDataDomain(), values).StructHash);
    }

    [Fact]
    public void Declared_domain_type_wins_over_the_fields_that_are_given()
    {
        const string json = """
            {"types": {"EIP712Domain": [{"name": "version", "type": "string"}, {"name": "name", "type": "string"}], "T": []},
              "primaryType": "T", "domain": {"name": "x", "version": "2"}, "message": {}}
            """;
        Assert.Equal("EIP712Domain(string version,string name)", TypedMessage.ParseJson(json).Types.EncodeType("EIP712Domain"));
    }

    private static Dictionary<string, object?> Person(string name, object wallet) => new() { ["name"] = name, ["wallet"] = wallet };
}
