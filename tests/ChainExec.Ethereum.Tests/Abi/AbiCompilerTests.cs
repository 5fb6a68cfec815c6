using System.Numerics;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

/// <summary>
/// What solc 0.8.28 wrote and the EVM (anvil) did for one contract: emitted logs, revert data, <c>abi.encodePacked</c>, and call data that
/// its decoder accepts though no encoder writes it.
/// </summary>
public sealed class AbiCompilerTests
{
    private const string Json = """
        [
            {"inputs": [
              {"name": "owner", "type": "address"},
              {"components": [{"name": "a", "type": "uint8"},
              {"name": "b", "type": "string"},
              {"name": "c", "type": "uint16[]"}], "name": "list", "type": "tuple[]"}], "stateMutability": "payable", "type": "constructor"},
            {"inputs": [
              {"components": [{"name": "a", "type": "uint8"},
              {"name": "b", "type": "string"},
              {"name": "c", "type": "uint16[]"}], "name": "s", "type": "tuple"},
              {"name": "x", "type": "int64"}], "name": "Bad", "type": "error"},
            {"anonymous": true, "inputs": [
              {"indexed": true, "name": "a", "type": "int8"},
              {"indexed": true, "name": "f", "type": "function"},
              {"indexed": true, "name": "b", "type": "bytes3[]"},
              {"indexed": true, "name": "c", "type": "bool"}], "name": "Anon", "type": "event"},
            {"anonymous": false, "inputs": [
              {"indexed": true, "name": "s", "type": "string[]"},
              {"components": [{"name": "a", "type": "uint8"},
              {"name": "b", "type": "string"},
              {"name": "c", "type": "uint16[]"}], "indexed": true, "name": "t", "type": "tuple"},
              {"indexed": true, "name": "u", "type": "uint8[2][]"},
              {"indexed": false, "name": "d", "type": "bytes"}], "name": "Indexed", "type": "event"},
            {"stateMutability": "payable", "type": "fallback"},
            {"inputs": [], "name": "bad", "outputs": [], "stateMutability": "pure", "type": "function"},
            {"inputs": [
              {"internalType": "uint256", "name": "x", "type": "uint256"}],
             "name": "f", "outputs": [
              {"internalType": "uint256", "name": "", "type": "uint256"}], "stateMutability": "pure", "type": "function"},
            {"inputs": [
              {"internalType": "enum V.Kind", "name": "k", "type": "uint8"},
              {"internalType": "V.Price", "name": "p", "type": "uint128"},
              {"internalType": "contract V", "name": "v", "type": "address"}],
             "name": "f", "outputs": [
              {"internalType": "enum V.Kind", "name": "", "type": "uint8"},
              {"internalType": "V.Price", "name": "", "type": "uint128"}], "stateMutability": "pure", "type": "function"},
            {"inputs": [
              {"name": "x", "type": "uint256[]"},
              {"name": "y", "type": "uint256[]"},
              {"name": "z", "type": "bytes"}], "name": "loose", "outputs": [
              {"name": "", "type": "uint256"},
              {"name": "", "type": "uint256"},
              {"name": "", "type": "uint256"}], "stateMutability": "pure", "type": "function"},
            {"stateMutability": "payable", "type": "receive"}
        ]
        """;

    private static readonly AbiContract Contract = AbiContract.ParseJson(Json);
    private static readonly byte[] FunctionValue = Hex.Decode("0x5fbdb2315678afecb367f032d93f642f64180aa3e420264a");

    [Fact]
    public void Json_of_the_compiler_is_read_with_overloads_and_all_kinds() => Assert.Equal(
        [
            "constructor(address owner, (uint8 a, string b, uint16[] c)[] list) payable",
            "receive() external payable",
            "fallback() external payable",
            "function bad() pure",
            "function f(uint256 x) pure returns (uint256)",
            "function f(uint8 k, uint128 p, address v) pure returns (uint8, uint128)",
            "function loose(uint256[] x, uint256[] y, bytes z) pure returns (uint256, uint256, uint256)",
            "event Anon(int8 indexed a, function indexed f, bytes3[] indexed b, bool indexed c) anonymous",
            "event Indexed(string[] indexed s, (uint8 a, string b, uint16[] c) indexed t, uint8[2][] indexed u, bytes d)",
            "error Bad((uint8 a, string b, uint16[] c) s, int64 x)",
        ],
        Contract.ToDeclarations());

    [Fact]
    public void Indexed_arrays_and_structs_have_the_topics_that_the_contract_emitted()
    {
        AbiEvent item = Contract.GetEvent("Indexed");
        object[] arguments =
        [
            new object[] { "one", "a string longer than thirty-two bytes, with ü" },
            new object[] { 7, "seven", new object[] { 1, 65535 } },
            new object[] { new object[] { 1, 2 }, new object[] { 3, 255 } },
            Hex.Decode("0x0102"),
        ];
        (IReadOnlyList<Hash32> topics, byte[] data) = item.Encode(arguments);
        Assert.Equal(
            [
                "0x323760ff434017fc6abf54bf22aa9cff5e560ae42d0693117db4e807f4032d5f",
                "0x1665f0eacb835407acd66c3276a59113a4e6ae5116d537938880e9bf69c9d598",
                "0xa9d3f546836606de6bcb1518ccf89148f09e5bb89a430b95973afcba01a0f483",
                "0x252b61585026a92aa18a81b7e2fe01e7cf414eb442ec5375e751eef4a5101095",
            ],
            topics.Select(topic => topic.ToString()));
        AssertWords(
            data,
            "0000000000000000000000000000000000000000000000000000000000000020",
            "0000000000000000000000000000000000000000000000000000000000000002",
            "0102000000000000000000000000000000000000000000000000000000000000");
        Assert.Equal([topics[1], topics[2], topics[3], Hex.Decode("0x0102")], item.Decode(topics, data));
        Assert.Same(item, Contract.FindEvent(topics));
        Assert.Equal([item], Contract.FindEvents(topics[0]));
        Assert.Equal([topics[0], null, topics[2]], item.FilterTopics(null, arguments[1]));
        Assert.Equal([topics[0], topics[1]], item.FilterTopics(topics[1]));
    }

    [Fact]
    public void Anonymous_event_has_the_topics_that_the_contract_emitted()
    {
        AbiEvent item = Contract.GetEvent("Anon");
        (IReadOnlyList<Hash32> topics, byte[] data) = item.Encode(-1, FunctionValue, new object[] { "abc"u8.ToArray() }, true);
        Assert.Equal(
            [
                "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "0x5fbdb2315678afecb367f032d93f642f64180aa3e420264a0000000000000000",
                "0x9b8075e3114a237714bcee811cbb0337de6d1423cb2947266772aae5963ec8e5",
                "0x0000000000000000000000000000000000000000000000000000000000000001",
            ],
            topics.Select(topic => topic.ToString()));
        Assert.Empty(data);
        Assert.Equal([BigInteger.MinusOne, FunctionValue, topics[2], true], item.Decode(topics, data));
        Assert.Null(Contract.FindEvent(topics));
    }

    [Fact]
    public void Custom_error_is_the_revert_data_of_the_contract()
    {
        AbiError error = Contract.GetError("Bad");
        byte[] data = error.Encode(new object[] { 1, "x", new object[] { 9 } }, -5);
        Assert.Equal("5f524c45", Convert.ToHexStringLower(data.AsSpan(0, 4)));
        AssertWords(
            data.AsSpan(4),
            "0000000000000000000000000000000000000000000000000000000000000040",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffb",
            "0000000000000000000000000000000000000000000000000000000000000001",
            "0000000000000000000000000000000000000000000000000000000000000060",
            "00000000000000000000000000000000000000000000000000000000000000a0",
            "0000000000000000000000000000000000000000000000000000000000000001",
            "7800000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000001",
            "0000000000000000000000000000000000000000000000000000000000000009");
        Assert.Same(error, Contract.FindError(data));
        Assert.Equal(new RevertReason("custom", "Bad([1, \"x\", [9]], -5)"), RevertReason.Decode(data, Contract.Errors));
    }

    [Fact]
    public void Packed_encoding_is_that_of_the_contract()
    {
        AbiType[] types =
        [
            .. "int16 bytes1 uint16 string uint8[] bytes3[2] int16[1] bool address function bytes".Split(' ').Select(AbiType.Parse),
        ];
        object[] values =
        [
            -1, Hex.Decode("0x42"), 3, "Hello, world!", new object[] { 1, 2 }, new object[] { "abc"u8.ToArray(), "def"u8.ToArray() },
            new object[] { -2 }, true, Address.Parse("0x1111111111111111111111111111111111111111"), FunctionValue, Hex.Decode("0xaabb"),
        ];
        string expected = "ffff42000348656c6c6f2c20776f726c6421"
            + "0000000000000000000000000000000000000000000000000000000000000001"
            + "0000000000000000000000000000000000000000000000000000000000000002"
            + "6162630000000000000000000000000000000000000000000000000000000000"
            + "6465660000000000000000000000000000000000000000000000000000000000"
            + "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
            + "01" + "1111111111111111111111111111111111111111" + "5fbdb2315678afecb367f032d93f642f64180aa3e420264a" + "aabb";
        Assert.Equal(expected, Convert.ToHexStringLower(AbiPacked.Encode(types, values)));
        Assert.Equal(
            "0x75356c7a1bc9c7696d6c974b04b03ddb7762a26f8d6f0555092281520a0867ae", AbiPacked.Hash(types, values).ToString());
    }

    // The contract answered 7, 7 and 2 for this: two arrays at one place, and bytes whose padding the call data does not hold.
    [Fact]
    public void Lenient_decoding_reads_what_the_contract_read()
    {
        AbiFunction loose = Contract.GetFunction("loose");
        byte[] data = Convert.FromHexString(
            "0000000000000000000000000000000000000000000000000000000000000060"
            + "0000000000000000000000000000000000000000000000000000000000000060"
            + "00000000000000000000000000000000000000000000000000000000000000a0"
            + "0000000000000000000000000000000000000000000000000000000000000001"
            + "0000000000000000000000000000000000000000000000000000000000000007"
            + "0000000000000000000000000000000000000000000000000000000000000002"
            + "aabb");
        AbiType[] types = [.. loose.Inputs.Select(input => input.Type)];
        Assert.Throws<AbiException>(() => AbiDecoder.Decode(types, data));
        Assert.Equal(
            [new object[] { (UInt256)7 }, new object[] { (UInt256)7 }, Hex.Decode("0xaabb")],
            AbiDecoder.Decode(types, data, AbiStrictness.Lenient));
        Assert.Throws<AbiException>(() => loose.DecodeCall([.. loose.Selector.Span, .. data]));
    }

    [Fact]
    public void Overloads_are_found_by_signature_and_selector_and_ambiguous_by_name()
    {
        Assert.Equal(2, Contract.GetFunctions("f").Count);
        Assert.Throws<AbiException>(() => Contract.GetFunction("f"));
        Assert.Throws<AbiException>(() => Contract.GetFunction("absent"));
        AbiFunction overload = Contract.GetFunction("f(uint8,uint128,address)");
        Assert.Same(overload, Contract.FindFunction(overload.EncodeCall(1, 2, Address.Zero)));
        Assert.Equal(AbiStateMutability.Pure, overload.StateMutability);
        Assert.Null(Contract.FindFunction([1, 2, 3]));
        Assert.Null(Contract.FindFunction([1, 2, 3, 4]));
    }

    [Fact]
    public void Creation_is_the_code_and_the_arguments_behind_it()
    {
        AbiConstructor constructor = Contract.Constructor!;
        byte[] code = [0x60, 0x80];
        object[] arguments = [Address.Zero, new object[] { new object[] { (UInt256)1, "b", Array.Empty<object>() } }];
        byte[] data = constructor.EncodeCreation(code, arguments);
        Assert.Equal([.. code, .. AbiEncoder.Encode([.. constructor.Inputs.Select(input => input.Type)], arguments)], data);
        Assert.Equal(arguments, constructor.DecodeCreation(code, data));
        Assert.Equal(AbiStateMutability.Payable, constructor.StateMutability);
        Assert.Throws<AbiException>(() => constructor.DecodeCreation([0x60, 0x81], data));
    }

    private static void AssertWords(ReadOnlySpan<byte> data, params string[] words) =>
        Assert.Equal(string.Concat(words), Convert.ToHexStringLower(data));
}
