using System.Numerics;
using System.Text.Json;
using ChainExec.Ethereum;
using Xunit;

namespace ChainExec.Engine.Tests;

public sealed class TokenAmountTests
{
    private static readonly string Largest = TokenAmount.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void The_largest_amount_is_the_largest_word_of_the_evm()
    {
        Assert.True(TokenAmount.TryParse(Largest, out TokenAmount amount));
        Assert.Equal(UInt256.MaxValue, amount.ToUInt256());
        Assert.Equal(amount, TokenAmount.From(UInt256.MaxValue));
    }

    [Fact]
    public void One_more_than_the_largest_is_refused()
    {
        string above = (TokenAmount.MaxValue + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

        Assert.False(TokenAmount.TryParse(above, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenAmount(TokenAmount.MaxValue + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenAmount(TokenAmount.MaxValue) + new TokenAmount(1));
    }

    [Fact]
    public void Less_than_nothing_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenAmount(BigInteger.MinusOne));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenAmount(1) - new TokenAmount(2));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("500000000", 500_000_000)]
    public void A_plain_decimal_string_is_read_and_written_the_same(string text, long units)
    {
        Assert.True(TokenAmount.TryParse(text, out TokenAmount amount));
        Assert.Equal(new TokenAmount(units), amount);
        Assert.Equal(text, amount.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("00")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1.5")]
    [InlineData("1,000")]
    [InlineData("1e6")]
    [InlineData("0x10")]
    [InlineData("١٢")]
    [InlineData("1\n")]
    [InlineData("1000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void Any_other_text_is_refused(string? text) => Assert.False(TokenAmount.TryParse(text, out _));

    [Fact]
    public void In_json_an_amount_is_a_string_of_base_units() =>
        Assert.Equal($"\"{Largest}\"", JsonSerializer.Serialize(new TokenAmount(TokenAmount.MaxValue)));

    [Theory]
    [InlineData("5")]
    [InlineData("5.0")]
    [InlineData("null")]
    [InlineData("\"5.0\"")]
    [InlineData("{}")]
    public void In_json_anything_but_a_string_of_base_units_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TokenAmount>(json));

    [Fact]
    public void Amounts_compare_by_size()
    {
        TokenAmount[] sorted = [.. new[] { "10", "9", "100" }.Select(text => new TokenAmount(BigInteger.Parse(text))).Order()];

        Assert.Equal(["9", "10", "100"], sorted.Select(amount => amount.ToString()));
        Assert.True(sorted[0] < sorted[1] && sorted[1] <= sorted[1] && sorted[2] > sorted[1] && sorted[2] >= sorted[2]);
    }
}
