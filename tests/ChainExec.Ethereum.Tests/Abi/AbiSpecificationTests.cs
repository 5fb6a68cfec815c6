using System.Numerics;
using System.Text;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

/// <summary>The worked examples of the Solidity ABI specification.</summary>
public sealed class AbiSpecificationTests
{
    [Fact]
    public void Baz() => Check(
        "function baz(uint32 x, bool y) pure returns (bool r)", "cdcd77c0", [(UInt256)69, true],
        "0000000000000000000000000000000000000000000000000000000000000045",
        "0000000000000000000000000000000000000000000000000000000000000001");

    [Fact]
    public void Bar() => Check(
        "function bar(bytes3[2] memory) pure", "fce353f6", [new object[] { "abc"u8.ToArray(), "def"u8.ToArray() }],
        "6162630000000000000000000000000000000000000000000000000000000000",
        "6465660000000000000000000000000000000000000000000000000000000000");

    [Fact]
    public void Sam() => Check(
        "function sam(bytes memory, bool, uint[] memory) pure", "a5643bf2",
        ["dave"u8.ToArray(), true, new object[] { (UInt256)1, (UInt256)2, (UInt256)3 }],
        "0000000000000000000000000000000000000000000000000000000000000060",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "00000000000000000000000000000000000000000000000000000000000000a0",
        "0000000000000000000000000000000000000000000000000000000000000004",
        "6461766500000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000003",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000002",
        "0000000000000000000000000000000000000000000000000000000000000003");

    [Fact]
    public void F() => Check(
        "f(uint256,uint32[],bytes10,bytes)", "8be65246",
        [(UInt256)0x123, new object[] { (UInt256)0x456, (UInt256)0x789 }, "1234567890"u8.ToArray(), "Hello, world!"u8.ToArray()],
        "0000000000000000000000000000000000000000000000000000000000000123",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "3132333435363738393000000000000000000000000000000000000000000000",
        "00000000000000000000000000000000000000000000000000000000000000e0",
        "0000000000000000000000000000000000000000000000000000000000000002",
        "0000000000000000000000000000000000000000000000000000000000000456",
        "0000000000000000000000000000000000000000000000000000000000000789",
        "000000000000000000000000000000000000000000000000000000000000000d",
        "48656c6c6f2c20776f726c642100000000000000000000000000000000000000");

    [Fact]
    public void G() => Check(
        "g(uint256[][],string[])", "2289b18c",
        [
            new object[] { new object[] { (UInt256)1, (UInt256)2 }, new object[] { (UInt256)3 } },
            new object[] { "one", "two", "three" },
        ],
        "0000000000000000000000000000000000000000000000000000000000000040",
        "0000000000000000000000000000000000000000000000000000000000000140",
        "0000000000000000000000000000000000000000000000000000000000000002",
        "0000000000000000000000000000000000000000000000000000000000000040",
        "00000000000000000000000000000000000000000000000000000000000000a0",
        "0000000000000000000000000000000000000000000000000000000000000002",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000002",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000003",
        "0000000000000000000000000000000000000000000000000000000000000003",
        "0000000000000000000000000000000000000000000000000000000000000060",
        "00000000000000000000000000000000000000000000000000000000000000a0",
        "00000000000000000000000000000000000000000000000000000000000000e0",
        "0000000000000000000000000000000000000000000000000000000000000003",
        "6f6e650000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000003",
        "74776f0000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000005",
        "7468726565000000000000000000000000000000000000000000000000000000");

    [Fact]
    public void Negative_integers_are_sign_extended() => Check(
        "h(int8,int256)", "", [new BigInteger(-128), BigInteger.MinusOne],
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff80",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

    // The example of the specification, section "Events" and "Errors".
    [Fact]
    public void Error_InsufficientBalance()
    {
        AbiError error = AbiError.Parse("error InsufficientBalance(uint256 available, uint256 required)");
        Assert.Equal(
            "cf479181"
            + "0000000000000000000000000000000000000000000000000000000000000000"
            + "0000000000000000000000000000000000000000000000000000000000000064",
            Convert.ToHexStringLower(error.Encode(0, 100)));
        Assert.Equal([UInt256.Zero, (UInt256)100], error.Decode(error.Encode(0, 100)));
        Assert.Equal("error InsufficientBalance(uint256 available, uint256 required)", error.ToDeclaration());
    }

    // The JSON example of the specification: struct S { uint a; uint[] b; T[] c; } struct T { uint x; uint y; }.
    [Fact]
    public void Json_of_f_with_structs()
    {
        AbiContract contract = AbiContract.ParseJson("""
            [{"name": "f", "type": "function",
              "inputs": [
                {"name": "s", "type": "tuple", "components": [
                  {"name": "a", "type": "uint256"},
                  {"name": "b", "type": "uint256[]"},
                  {"name": "c", "type": "tuple[]", "components": [{"name": "x", "type": "uint256"}, {"name": "y", "type": "uint256"}]}]},
                {"name": "t", "type": "tuple", "components": [{"name": "x", "type": "uint256"}, {"name": "y", "type": "uint256"}]},
                {"name": "a", "type": "uint256"}],
              "outputs": []}]
            """);
        Assert.Equal("f((uint256,uint256[],(uint256,uint256)[]),(uint256,uint256),uint256)", contract.Functions[0].Signature);
    }

    private static void Check(string declaration, string selector, object[] arguments, params string[] words)
    {
        AbiFunction function = AbiFunction.Parse(declaration);
        byte[] callData = function.EncodeCall(arguments);
        string text = Convert.ToHexStringLower(callData);
        var expected = new StringBuilder().AppendJoin("", words);
        Assert.Equal(expected.ToString(), text[8..]);
        Assert.StartsWith(selector, text, StringComparison.Ordinal);
        Assert.Equivalent(arguments, function.DecodeCall(callData), strict: true);
    }
}
