using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests;

public sealed class UnitsTests
{
    private const string Greatest = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    [Theory]
    [InlineData("1.5", 6, "1500000")]
    [InlineData("0.000001", 6, "1")]
    [InlineData("007.10", 1, "71")]
    [InlineData("1.5000", 1, "15")]
    [InlineData("12", 0, "12")]
    [InlineData("12.0", 0, "12")]
    [InlineData("1", 18, "1000000000000000000")]
    [InlineData("0", 255, "0")]
    [InlineData(Greatest, 0, Greatest)]
    [InlineData("115792089237316195423570985008687907853269984665640564039457.584007913129639935", 18, Greatest)]
    public void Amounts_are_read_in_base_units(string text, int decimals, string units) =>
        Assert.Equal(UInt256.Parse(units), Units.Parse(text, decimals));

    [Theory]
    [InlineData("")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1e3")]
    [InlineData("0x1")]
    [InlineData("1,5")]
    [InlineData("1.234567")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129.639936")]
    public void Texts_that_are_no_amount_are_refused(string text)
    {
        Assert.Throws<FormatException>(() => Units.Parse(text, 5));
        Assert.False(Units.TryParse(text, 5, out _, out string? error));
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData("1.25", 12, 13, 13, 12)]
    [InlineData("1.35", 13, 14, 14, 14)]
    [InlineData("1.2500001", 12, 13, 13, 13)]
    [InlineData("1.24999", 12, 13, 12, 12)]
    [InlineData("1.20", 12, 12, 12, 12)]
    public void Digits_beyond_the_decimals_are_rounded_only_as_named(string text, ulong down, ulong up, ulong halfUp, ulong halfEven)
    {
        UInt256[] read = [.. Enum.GetValues<Rounding>().Select(rounding => Units.Parse(text, 1, rounding))];
        Assert.Equal([down, up, halfUp, halfEven], read);
        Assert.Equal(text == "1.20", Units.TryParse(text, 1, out _, out _));
    }

    [Fact]
    public void Rounding_up_beyond_the_range_is_refused()
    {
        Assert.Throws<FormatException>(() => Units.Parse(Greatest + ".1", 0, Rounding.Up));
        Assert.Equal(UInt256.MaxValue, Units.Parse(Greatest + ".9", 0, Rounding.Down));
        Assert.Throws<FormatException>(() => Units.Parse("1", 78));
        Assert.Equal(UInt256.One, Units.Parse("0." + new string('0', 254) + "1", 255));
    }

    [Theory]
    [InlineData("1500000", 6, "1.5")]
    [InlineData("1", 6, "0.000001")]
    [InlineData("2000000", 6, "2")]
    [InlineData("0", 18, "0")]
    [InlineData("100", 0, "100")]
    public void Amounts_are_written_without_zeros_at_the_end(string units, int decimals, string text) =>
        Assert.Equal(text, Units.Format(UInt256.Parse(units), decimals));

    [Theory]
    [InlineData("1234500", 6, 3, Rounding.Down, "1.234")]
    [InlineData("1234500", 6, 3, Rounding.Up, "1.235")]
    [InlineData("1234500", 6, 3, Rounding.HalfUp, "1.235")]
    [InlineData("1234500", 6, 3, Rounding.HalfEven, "1.234")]
    [InlineData("9999999", 6, 2, Rounding.HalfUp, "10.00")]
    [InlineData("15", 1, 3, Rounding.Down, "1.500")]
    [InlineData("15", 0, 2, Rounding.Down, "15.00")]
    [InlineData("15", 0, 0, Rounding.Down, "15")]
    [InlineData("15", 1, 0, Rounding.HalfEven, "2")]
    [InlineData(Greatest, 255, 1, Rounding.HalfUp, "0.0")]
    [InlineData(Greatest, 255, 1, Rounding.Up, "0.1")]
    public void Amounts_are_written_with_so_many_digits(string units, int decimals, int digits, Rounding rounding, string text) =>
        Assert.Equal(text, Units.Format(UInt256.Parse(units), decimals, digits, rounding));

    [Fact]
    public void What_is_written_is_read_again() =>
        Prop.ForAll(Edges.Signed, Gen.Choose(0, Units.DecimalsMax).ToArbitrary(), (value, decimals) =>
        {
            string text = Units.Format(value, decimals);
            Assert.Equal(value, Units.ParseSigned(text, decimals));
            BigInteger whole = BigInteger.Parse(text.Split('.')[0], null);
            Assert.Equal(value.ToBigInteger() / BigInteger.Pow(10, decimals), whole);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Signed_amounts_round_by_their_magnitude()
    {
        Assert.Equal((Int256)(-15), Units.ParseSigned("-1.5", 1));
        Assert.Equal((Int256)(-2), Units.ParseSigned("-1.5", 0, Rounding.Up));
        Assert.Equal((Int256)(-1), Units.ParseSigned("-1.5", 0, Rounding.Down));
        Assert.Throws<FormatException>(() => Units.ParseSigned("--1", 0));
        Assert.Throws<FormatException>(() => Units.ParseSigned(Greatest, 0));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    public void Decimals_that_no_token_has_are_refused(int decimals)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Units.Parse("1", decimals));
        Assert.Throws<ArgumentOutOfRangeException>(() => Units.Format(UInt256.One, decimals));
        Assert.Throws<ArgumentOutOfRangeException>(() => Units.Format(UInt256.One, 6, decimals, Rounding.Down));
    }
}
