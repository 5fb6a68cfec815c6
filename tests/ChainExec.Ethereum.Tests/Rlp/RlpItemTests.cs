using ChainExec.Ethereum.Rlp;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Rlp;

public sealed class RlpItemTests
{
    [Fact]
    public void Lists_of_the_specification()
    {
        RlpItem cat = RlpItem.FromBytes("cat"u8.ToArray());
        RlpItem dog = RlpItem.FromBytes("dog"u8.ToArray());
        RlpItem one = RlpItem.FromList(RlpItem.EmptyList);
        Check(RlpItem.FromList(cat, dog), "0xc88363617483646f67");
        Check(RlpItem.EmptyList, "0xc0");
        Check(RlpItem.EmptyBytes, "0x80");
        Check(RlpItem.FromInteger(1024), "0x820400");
        Check(RlpItem.FromInteger(UInt256.Zero), "0x80");
        Check(RlpItem.FromList(RlpItem.EmptyList, one, RlpItem.FromList(RlpItem.EmptyList, one)), "0xc7c0c1c0c3c0c1c0");
    }

    [Fact]
    public void Trees_survive_encoding_and_decoding() =>
        Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), seed =>
        {
            RlpItem item = Make(new Random(seed), 5);
            Assert.Equal(item, RlpItem.Decode(item.Encode()));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mutated_bytes_are_refused_by_the_typed_exception_or_are_the_encoding_of_what_they_decode_to() =>
        Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            byte[] encoded = Make(random, 4).Encode();
            encoded[random.Next(encoded.Length)] = (byte)random.Next(256);
            try
            {
                Assert.Equal(encoded, RlpItem.Decode(encoded).Encode());
            }
            catch (RlpException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Theory]
    [InlineData("0x8180", "0x8181")]
    [InlineData("0xc0", "0x80")]
    [InlineData("0xc28001", "0xc20180")]
    [InlineData("0xc180", "0xc28080")]
    public void Different_encodings_are_different_items(string left, string right) =>
        Assert.NotEqual(RlpItem.Decode(Hex.Decode(left)), RlpItem.Decode(Hex.Decode(right)));

    [Fact]
    public void Bytes_behind_the_value_are_refused() =>
        Assert.Equal(1, Assert.Throws<RlpException>(() => RlpItem.Decode([0x80, 0x80])).Position);

    [Fact]
    public void Depth_is_bounded_both_ways()
    {
        RlpItem deepest = RlpItem.EmptyList;
        for (int i = 1; i < RlpReader.DepthMax; i++)
        {
            deepest = RlpItem.FromList(deepest);
        }

        Assert.Equal(deepest, RlpItem.Decode(deepest.Encode()));
        Assert.Throws<RlpException>(() => RlpItem.FromList(deepest).Encode());
        byte[] deeper = [(byte)(0xC0 + RlpReader.DepthMax), .. deepest.Encode()];
        Assert.Throws<RlpException>(() => RlpItem.Decode(deeper));
    }

    [Fact]
    public void Size_is_bounded_both_ways()
    {
        byte[] bytes = new byte[RlpReader.SizeMax];
        Assert.Throws<RlpException>(() => RlpItem.FromBytes(bytes).Encode());
        Assert.Throws<RlpException>(() => RlpItem.FromList(RlpItem.FromBytes(bytes.AsMemory(4))).Encode());
        Assert.Throws<RlpException>(() => RlpItem.Decode(new byte[RlpReader.SizeMax + 1]));
    }

    [Fact]
    public void List_of_more_items_than_the_bound_is_refused_with_little_memory()
    {
        byte[] hostile = new byte[RlpReader.SizeMax];
        Array.Fill(hostile, (byte)0xC0);
        hostile[0] = 0xFA;
        (hostile[1], hostile[2], hostile[3]) = (0xFF, 0xFF, 0xFC);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("items", Assert.Throws<RlpException>(() => RlpItem.Decode(hostile)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * hostile.Length);
    }

    private static void Check(RlpItem item, string encoded)
    {
        Assert.Equal(encoded, Hex.Encode(item.Encode()));
        Assert.Equal(item, RlpItem.Decode(Hex.Decode(encoded)));
    }

    private static RlpItem Make(Random random, int depth)
    {
        if (depth > 0 && random.Next(3) != 0)
        {
            return RlpItem.FromList([.. Enumerable.Range(0, random.Next(5)).Select(_ => Make(random, depth - 1))]);
        }

        byte[] bytes = new byte[random.Next(4) == 0 ? random.Next(300) : random.Next(3)];
        random.NextBytes(bytes);
        return RlpItem.FromBytes(bytes);
    }
}
