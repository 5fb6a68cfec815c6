using System.Numerics;
using ChainExec.Ethereum.Abi;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Abi;

public sealed class AbiDecoderTests
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string One = "0000000000000000000000000000000000000000000000000000000000000001";
    private const string Ones = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    private const string At20 = "0000000000000000000000000000000000000000000000000000000000000020";

    [Theory]
    [InlineData("uint256", "")]
    [InlineData("uint8", Ones)]
    [InlineData("int8", "000000000000000000000000000000000000000000000000000000000000ff80")]
    [InlineData("int8", "0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("bool", "0000000000000000000000000000000000000000000000000000000000000002")]
    [InlineData("address", "0000000000000000000000010000000000000000000000000000000000000000")]
    [InlineData("bytes4", One)]
    [InlineData("bytes", Ones)]
    [InlineData("bytes", At20)]
    [InlineData("bytes", At20 + Ones)]
    [InlineData("bytes", At20 + One)]
    [InlineData("bytes", At20 + One + One)]
    [InlineData("string", At20 + One + "ff00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("uint256[]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    [InlineData("uint256[]", "0000000000000000000000000000000000000000000000000000000000000040" + One)]
    [InlineData("()[]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    [InlineData("uint256[0][]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    public void Data_that_is_no_strict_encoding_is_refused(string type, string data) =>
        Assert.Throws<AbiException>(() => AbiDecoder.Decode([AbiType.Parse(type)], Convert.FromHexString(data)));

    // Each level's two offsets point at the same next level: 2^20 values from less than 3 kB.
    [Fact]
    public void Values_that_share_bytes_are_refused_so_small_data_cannot_grow()
    {
        const int levels = 20;
        string data = At20;
        for (int i = 0; i < levels; i++)
        {
            data += "0000000000000000000000000000000000000000000000000000000000000002"
                + "0000000000000000000000000000000000000000000000000000000000000040"
                + "0000000000000000000000000000000000000000000000000000000000000040";
        }

        AbiType type = AbiType.Parse("uint256" + string.Concat(Enumerable.Repeat("[]", levels + 1)));
        Assert.Throws<AbiException>(() => AbiDecoder.Decode([type], Convert.FromHexString(data + Zero)));
    }

    [Fact]
    public void Position_names_the_byte_that_is_wrong()
    {
        AbiException error = Assert.Throws<AbiException>(
            () => AbiDecoder.Decode([AbiType.Parse("uint256"), AbiType.Parse("bool")], Convert.FromHexString(Zero + Ones)));
        Assert.Equal(32, error.Position);
    }

    [Fact]
    public void Random_types_and_values_round_trip() =>
        Prop.ForAll(Cases, example =>
        {
            byte[] data = AbiEncoder.Encode([example.Type], [example.Value]);
            Assert.Equivalent(new[] { example.Value }, AbiDecoder.Decode([example.Type], data), strict: true);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Mutated_data_throws_nothing_but_the_typed_exception() =>
        Prop.ForAll(Cases, Gen.Choose(0, 1 << 20).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (example, at, value) =>
        {
            byte[] data = AbiEncoder.Encode([example.Type], [example.Value]);
            if (data.Length == 0)
            {
                return;
            }

            data[at % data.Length] = (byte)value;
            try
            {
                AbiDecoder.Decode([example.Type], value == 7 ? data.AsSpan(0, at % data.Length) : data);
            }
            catch (AbiException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Theory]
    [InlineData("uint8", 256)]
    [InlineData("uint8", -1)]
    [InlineData("int8", 128)]
    [InlineData("int8", -129)]
    public void Numbers_outside_their_type_are_refused(string type, int number) =>
        Assert.Throws<AbiException>(() => AbiEncoder.Encode([AbiType.Parse(type)], [new BigInteger(number)]));

    [Theory]
    [InlineData("address")]
    [InlineData("uint256")]
    [InlineData("bytes4")]
    [InlineData("bytes")]
    [InlineData("uint256[2]")]
    [InlineData("(uint256,bool)")]
    public void Values_of_another_kind_are_refused(string type) =>
        Assert.Throws<AbiException>(() => AbiEncoder.Encode([AbiType.Parse(type)], ["text"]));

    private static Arbitrary<(AbiType Type, object Value)> Cases => (
        from text in TypeText(3)
        let type = AbiType.Parse(text)
        from value in ValueOf(type)
        select (type, value)).ToArbitrary();

    private static Gen<string> TypeText(int depth)
    {
        Gen<string> elementary = Gen.Elements(
            "uint8", "uint256", "int8", "int128", "int256", "address", "bool", "bytes1", "bytes32", "bytes", "string", "function",
            "fixed128x18");
        return depth == 0
            ? elementary
            : Gen.OneOf(
                elementary,
                TypeText(depth - 1).Select(element => element + "[]"),
                TypeText(depth - 1).Select(element => element + "[2]"),
                from first in TypeText(depth - 1) from second in TypeText(depth - 1) select $"({first},{second})");
    }

    private static Gen<object> ValueOf(AbiType type) => type.Kind switch
    {
        AbiKind.UnsignedInteger => Bytes(type.Bits / 8).Select(bytes => (object)UInt256.ReadBigEndian(bytes)),
        AbiKind.SignedInteger or AbiKind.SignedFixed =>
            Bytes(type.Bits / 8).Select(bytes => (object)new BigInteger(bytes, isBigEndian: true)),
        AbiKind.Address => Bytes(20).Select(bytes => (object)Address.FromBytes(bytes)),
        AbiKind.Bool => Gen.Elements<object>(true, false),
        AbiKind.FixedBytes or AbiKind.Function => Bytes(type.ByteCount).Select(bytes => (object)bytes),
        AbiKind.Bytes => Gen.Choose(0, 70).SelectMany(Bytes).Select(bytes => (object)bytes),
        AbiKind.Text => Gen.Elements<object>("", "a", "one and thirty-two bytes of text", "ünïcödé 🪙", new string('x', 100)),
        AbiKind.Array => (type.FixedLength is { } length ? Gen.Constant(length) : Gen.Choose(0, 3)).SelectMany(
            count => ValueOf(type.Element!).ArrayOf(count)).Select(items => (object)items),
        AbiKind.Tuple => ValueOf(type.Components[0].Type).SelectMany(
            first => ValueOf(type.Components[1].Type).Select(second => (object)new[] { first, second })),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static Gen<byte[]> Bytes(int count) => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(count);
}
