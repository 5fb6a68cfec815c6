using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests;

public sealed class UInt256Tests
{
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    [Fact]
    public void Arithmetic_agrees_with_BigInteger_and_overflows_where_it_leaves_the_range() =>
        Prop.ForAll(Edges.Unsigned, Edges.Unsigned, (left, right) =>
        {
            BigInteger a = left.ToBigInteger();
            BigInteger b = right.ToBigInteger();
            Agrees(a + b, () => left + right);
            Agrees(a - b, () => left - right);
            Agrees(a * b, () => left * right);
            Assert.Equal(a.CompareTo(b), left.CompareTo(right));
            if (!right.IsZero)
            {
                Agrees(a / b, () => left / right);
                Agrees(a % b, () => left % right);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    public void Shifts_agree_with_BigInteger() =>
        Prop.ForAll(Edges.Unsigned, Gen.Choose(0, 255).ToArbitrary(), (value, count) =>
        {
            Agrees((value.ToBigInteger() << count) % Modulus, () => value << count);
            Agrees(value.ToBigInteger() >> count, () => value >> count);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Every_form_round_trips() =>
        Prop.ForAll(Edges.Unsigned, value =>
        {
            byte[] bytes = new byte[32];
            value.WriteBigEndian(bytes);
            Assert.Equal(value, UInt256.ReadBigEndian(bytes));
            Assert.Equal(value, UInt256.ReadBigEndian(value.MinimalBigEndian()));
            Assert.Equal(value, UInt256.Parse(value.ToString()));
            Assert.Equal(value, UInt256.Parse(Hex.EncodeQuantity(value)));
            Assert.Equal(value.ToBigInteger().ToString(CultureInfo.InvariantCulture), value.ToString());
            Assert.Equal(value.ToBigInteger().GetBitLength(), value.BitLength);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("0x")]
    [InlineData("0xg")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    public void Texts_that_are_no_number_in_range_are_refused(string text)
    {
        Assert.False(UInt256.TryParse(text, out _));
        Assert.Throws<FormatException>(() => UInt256.Parse(text));
    }

    [Fact]
    public void Division_by_zero_throws() => Assert.Throws<DivideByZeroException>(() => UInt256.One / UInt256.Zero);

    [Fact]
    public void Narrowing_is_checked() => Assert.Throws<OverflowException>(() => (ulong)new UInt256(0, 0, 1, 0));

    [Fact]
    public void BigIntegers_outside_the_range_are_refused()
    {
        Assert.Throws<OverflowException>(() => UInt256.FromBigInteger(BigInteger.MinusOne));
        Assert.Throws<OverflowException>(() => UInt256.FromBigInteger(Modulus));
        Assert.Equal(UInt256.MaxValue, UInt256.FromBigInteger(Modulus - 1));
    }

    private static void Agrees(BigInteger expected, Func<UInt256> operation)
    {
        if (expected.Sign < 0 || expected >= Modulus)
        {
            Assert.Throws<OverflowException>(() => operation());
            return;
        }

        Assert.Equal(expected, operation().ToBigInteger());
    }
}
