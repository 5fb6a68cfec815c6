using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests;

public sealed class Int256Tests
{
    private static readonly BigInteger Least = -(BigInteger.One << 255);
    private static readonly BigInteger Greatest = (BigInteger.One << 255) - 1;

    [Fact]
    public void Arithmetic_agrees_with_BigInteger_and_overflows_where_it_leaves_the_range() =>
        Prop.ForAll(Edges.Signed, Edges.Signed, (left, right) =>
        {
            BigInteger a = left.ToBigInteger();
            BigInteger b = right.ToBigInteger();
            Agrees(a + b, () => left + right);
            Agrees(a - b, () => left - right);
            Agrees(a * b, () => left * right);
            Agrees(-a, () => -left);
            Assert.Equal(a.CompareTo(b), left.CompareTo(right));
            Assert.Equal((a < b, a <= b, a > b, a >= b, a == b), (left < right, left <= right, left > right, left >= right, left == right));
            if (!right.IsZero)
            {
                Agrees(a / b, () => left / right);
                Agrees(a % b, () => left % right);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    [Fact]
    public void Every_form_round_trips() =>
        Prop.ForAll(Edges.Signed, value =>
        {
            byte[] bytes = new byte[32];
            value.WriteBigEndian(bytes);
            Assert.Equal(value, Int256.ReadBigEndian(bytes));
            Assert.Equal(value.ToBigInteger(), new BigInteger(bytes, isUnsigned: false, isBigEndian: true));
            Assert.Equal(value, Int256.FromBigInteger(value.ToBigInteger()));
            Assert.Equal(value, Int256.FromTwosComplement(value.ToTwosComplement()));
            Assert.Equal(value, Int256.Parse(value.ToString()));
            Assert.Equal(value, Int256.Parse(value.ToHex()));
            Assert.Equal(value.ToBigInteger().ToString(CultureInfo.InvariantCulture), value.ToString());
            Assert.Equal(BigInteger.Abs(value.ToBigInteger()), value.Magnitude.ToBigInteger());
            Assert.Equal(value.ToBigInteger().Sign, value.Sign);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("-1", -1)]
    [InlineData("-0x10", -16)]
    [InlineData("0x7f", 127)]
    public void Texts_are_read(string text, long value) => Assert.Equal((Int256)value, Int256.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("+1")]
    [InlineData("- 1")]
    [InlineData("0x")]
    [InlineData("0x-1")]
    [InlineData("57896044618658097711785492504343953926634992332820282019728792003956564819968")]
    [InlineData("-57896044618658097711785492504343953926634992332820282019728792003956564819969")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Texts_that_are_no_number_in_range_are_refused(string text)
    {
        Assert.False(Int256.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Int256.Parse(text));
    }

    [Fact]
    public void Ends_of_the_range_have_their_digits()
    {
        Assert.Equal(Least, Int256.MinValue.ToBigInteger());
        Assert.Equal(Greatest, Int256.MaxValue.ToBigInteger());
        Assert.Equal("-57896044618658097711785492504343953926634992332820282019728792003956564819968", Int256.MinValue.ToString());
        Assert.Equal("-0x8000000000000000000000000000000000000000000000000000000000000000", Int256.MinValue.ToHex());
    }

    [Fact]
    public void Conversions_are_checked()
    {
        Assert.Equal(long.MinValue, (long)(Int256)long.MinValue);
        Assert.Equal(long.MaxValue, (long)(Int256)long.MaxValue);
        Assert.Throws<OverflowException>(() => (long)((Int256)long.MaxValue + 1));
        Assert.Throws<OverflowException>(() => (long)((Int256)long.MinValue - 1));
        Assert.Throws<OverflowException>(() => (UInt256)Int256.MinusOne);
        Assert.Throws<OverflowException>(() => (Int256)new UInt256(1UL << 63, 0, 0, 0));
        Assert.Equal(Int256.MaxValue, (Int256)(UInt256)Int256.MaxValue);
        Assert.Throws<OverflowException>(() => Int256.FromBigInteger(Least - 1));
        Assert.Throws<OverflowException>(() => Int256.FromBigInteger(Greatest + 1));
        Assert.Throws<OverflowException>(() => Int256.FromBigInteger(BigInteger.One << 100_000));
    }

    [Fact]
    public void Least_number_has_no_opposite()
    {
        Assert.Throws<OverflowException>(() => -Int256.MinValue);
        Assert.Throws<OverflowException>(() => Int256.MinValue / Int256.MinusOne);
        Assert.Equal(Int256.Zero, Int256.MinValue % Int256.MinusOne);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Words_of_another_length_are_refused(int length) =>
        Assert.Throws<ArgumentException>(() => Int256.ReadBigEndian(new byte[length]));

    private static void Agrees(BigInteger expected, Func<Int256> operation)
    {
        if (expected < Least || expected > Greatest)
        {
            Assert.Throws<OverflowException>(() => operation());
            return;
        }

        Assert.Equal(expected, operation().ToBigInteger());
    }
}
