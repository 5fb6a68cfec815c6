using System.Globalization;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests;

public sealed class UInt256Tests
{
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    [Fact]
    public void Estimate_whose_product_leaves_256_bits_is_one_too_large()
    {
        UInt256 dividend = UInt256.Parse("115792089237316195423570985008687907852929702298719625576045729557300030777796");
        UInt256 divisor = UInt256.Parse("9415652603080021146264107685192907319385488565991123189759");
        Assert.Equal(UInt256.Parse("12297829382473034409"), dividend / divisor);
        Assert.Equal(dividend, dividend / divisor * divisor + dividend % divisor);
        Assert.True(dividend % divisor < divisor);
    }

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

    // Built from quotient and remainder, so that greatest digits and equal upper digits come up, which random dividends never meet.
    [Fact]
    public void Division_finds_the_quotient_and_remainder_that_the_dividend_was_made_of() =>
        Prop.ForAll(Edges.Unsigned, Edges.Unsigned, Edges.Unsigned, (divisor, quotient, rest) =>
        {
            BigInteger dividend = divisor.ToBigInteger() * quotient.ToBigInteger();
            if (divisor.IsZero || dividend >= Modulus)
                return;

            BigInteger remainder = rest.ToBigInteger() % divisor.ToBigInteger();
            dividend = BigInteger.Min(dividend + remainder, Modulus - 1);
            UInt256 found = UInt256.FromBigInteger(dividend).DivRem(divisor, out UInt256 left);
            Assert.Equal(dividend / divisor.ToBigInteger(), found.ToBigInteger());
            Assert.Equal(dividend % divisor.ToBigInteger(), left.ToBigInteger());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    public void Greatest_digits_of_the_quotient_are_found()
    {
        // Dividends whose upper digits equal the divisor's, by two, three and four words.
        foreach (int words in (int[])[2, 3, 4])
        {
            BigInteger divisor = (BigInteger.One << (64 * words - 1)) + (BigInteger.One << 64) + ulong.MaxValue;
            BigInteger greatest = words == 4 ? 1 : (BigInteger.One << (64 * (4 - words))) - 1;
            foreach (BigInteger quotient in (BigInteger[])[greatest, greatest - 1])
            {
                foreach (BigInteger rest in (BigInteger[])[0, 1, divisor / 2, divisor - 1])
                {
                    BigInteger dividend = BigInteger.Min(quotient * divisor + rest, Modulus - 1);
                    UInt256 found = UInt256.FromBigInteger(dividend).DivRem(UInt256.FromBigInteger(divisor), out UInt256 left);
                    Assert.Equal((dividend / divisor, dividend % divisor), (found.ToBigInteger(), left.ToBigInteger()));
                }
            }
        }
    }

    [Fact]
    public void Numbers_of_512_bits_are_divided_like_BigInteger() =>
        Prop.ForAll(Edges.Unsigned, Edges.Unsigned, Edges.Unsigned, (upper, low, divisor) =>
        {
            if (divisor.IsZero)
                return;

            // The greatest upper half there may be makes every digit of the quotient the greatest.
            foreach (UInt256 high in (UInt256[])[upper % divisor, divisor - UInt256.One])
            {
                BigInteger dividend = (high.ToBigInteger() << 256) + low.ToBigInteger();
                UInt256 found = UInt256Division.DivRemWide(high, low, divisor, out UInt256 left);
                Assert.Equal(dividend / divisor.ToBigInteger(), found.ToBigInteger());
                Assert.Equal(dividend % divisor.ToBigInteger(), left.ToBigInteger());
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Words_are_divided_alike_with_and_without_the_instruction_for_it() =>
        Prop.ForAll(Edges.Word.ToArbitrary(), Edges.Word.ToArbitrary(), Edges.Word.ToArbitrary(), (high, low, divisor) =>
        {
            if (divisor == 0)
                return;

            high %= divisor;
            var dividend = new UInt128(high, low);
            ulong quotient = UInt256Division.DivideWords(high, low, divisor, out ulong remainder);
            ulong portable = UInt256Division.DivideWordsPortably(high, low, divisor, out ulong portableRemainder);
            Assert.Equal((dividend / divisor, dividend % divisor), ((UInt128)quotient, (UInt128)remainder));
            Assert.Equal((quotient, remainder), (portable, portableRemainder));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    [Fact]
    public void Product_and_quotient_in_one_step_keep_512_bits_and_round_as_named() =>
        Prop.ForAll(Edges.Unsigned, Edges.Unsigned, Edges.Unsigned, (value, multiplier, divisor) =>
        {
            if (divisor.IsZero)
                return;

            BigInteger product = value.ToBigInteger() * multiplier.ToBigInteger();
            BigInteger down = BigInteger.DivRem(product, divisor.ToBigInteger(), out BigInteger rest);
            int half = (2 * rest).CompareTo(divisor.ToBigInteger());
            Agrees(down, () => value.MulDiv(multiplier, divisor, Rounding.Down));
            Agrees(rest.IsZero ? down : down + 1, () => value.MulDiv(multiplier, divisor, Rounding.Up));
            Agrees(half >= 0 ? down + 1 : down, () => value.MulDiv(multiplier, divisor, Rounding.HalfUp));
            Agrees(half > 0 || (half == 0 && !down.IsEven) ? down + 1 : down, () => value.MulDiv(multiplier, divisor, Rounding.HalfEven));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    [Theory]
    [InlineData(7, 2, 3, 4, 4, 4)]
    [InlineData(5, 2, 2, 3, 3, 2)]
    [InlineData(4, 3, 1, 2, 1, 1)]
    [InlineData(6, 3, 2, 2, 2, 2)]
    public void Quotients_round_as_named(ulong dividend, ulong divisor, ulong down, ulong up, ulong halfUp, ulong halfEven)
    {
        UInt256 value = dividend;
        Assert.Equal((UInt256)down, value.DivideRoundingDown(divisor));
        Assert.Equal((UInt256)up, value.DivideRoundingUp(divisor));
        Assert.Equal((UInt256)halfUp, value.Divide(divisor, Rounding.HalfUp));
        Assert.Equal((UInt256)halfEven, value.Divide(divisor, Rounding.HalfEven));
        Assert.Throws<ArgumentOutOfRangeException>(() => value.Divide(divisor, (Rounding)4));
    }

    [Fact]
    public void Powers_agree_with_BigInteger() =>
        Prop.ForAll(Edges.Unsigned, Gen.Choose(0, 300).ToArbitrary(), (value, exponent) =>
        {
            // Beyond the range for certain, and not worth computing.
            if ((value.BitLength - 1) * exponent >= 256)
                Assert.Throws<OverflowException>(() => value.Pow((uint)exponent));
            else
                Agrees(BigInteger.Pow(value.ToBigInteger(), exponent), () => value.Pow((uint)exponent));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Powers_of_0_and_1_end_for_any_exponent() =>
        Assert.Equal((UInt256.Zero, UInt256.One), (UInt256.Zero.Pow(uint.MaxValue), UInt256.One.Pow(uint.MaxValue)));

    [Fact]
    public void Bits_agree_with_BigInteger() =>
        Prop.ForAll(Edges.Unsigned, Edges.Unsigned, (left, right) =>
        {
            BigInteger a = left.ToBigInteger();
            BigInteger b = right.ToBigInteger();
            Assert.Equal(a & b, (left & right).ToBigInteger());
            Assert.Equal(a | b, (left | right).ToBigInteger());
            Assert.Equal(a ^ b, (left ^ right).ToBigInteger());
            Assert.Equal(Modulus - 1 - a, (~left).ToBigInteger());
            Assert.Equal((a < b, a <= b, a > b, a >= b, a == b), (left < right, left <= right, left > right, left >= right, left == right));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

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
            Assert.Equal(value, UInt256.Parse("000" + value));
            Assert.True(UInt256.TryParse(Encoding.UTF8.GetBytes(value.ToString()), out UInt256 fromUtf8));
            Assert.Equal(value, fromUtf8);
            Assert.True(UInt256.TryParse(Encoding.UTF8.GetBytes(value.ToHex()), out fromUtf8));
            Assert.Equal(value, fromUtf8);
            Assert.Equal(value.ToString(), $"{value}");
            Assert.Equal(BigInteger.Parse("0" + value.ToHex()[2..], NumberStyles.HexNumber, null), value.ToBigInteger());
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
    public void Narrowing_is_checked()
    {
        Assert.Throws<OverflowException>(() => (ulong)new UInt256(0, 0, 1, 0));
        Assert.Throws<OverflowException>(() => (long)(UInt256)(1UL << 63));
        Assert.Throws<OverflowException>(() => (uint)(UInt256)(1UL << 32));
        Assert.Throws<OverflowException>(() => (int)(UInt256)(1UL << 31));
        Assert.Throws<OverflowException>(() => (UInt128)new UInt256(0, 1, 0, 0));
        Assert.Throws<OverflowException>(() => UInt256.FromInt64(-1));
        Assert.Equal(long.MaxValue, (long)(UInt256)long.MaxValue);
        Assert.Equal(uint.MaxValue, (uint)(UInt256)uint.MaxValue);
        Assert.Equal(int.MaxValue, (int)(UInt256)int.MaxValue);
        Assert.Equal(UInt128.MaxValue, (UInt128)(UInt256)UInt128.MaxValue);
        Assert.Equal((UInt256)long.MaxValue, UInt256.FromInt64(long.MaxValue));
    }

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
