namespace ChainExec.Ethereum.Tests;

public sealed class AddressTests
{
    // The test cases of EIP-55.
    [Theory]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0xde709f2102306220921060314715629080e2fb77")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void Checksum_of_EIP_55_is_written_and_accepted(string text)
    {
        Assert.Equal(text, Address.Parse(text).ToString());
        Assert.Equal(Address.Parse(text), Address.Parse("0x" + text[2..].ToUpperInvariant()));
        Assert.Equal(Address.Parse(text), Address.Parse(text.ToLowerInvariant()));
        Assert.Equal(text.ToLowerInvariant(), Address.Parse(text).ToHex());
    }

    [Fact]
    public void Strict_reading_takes_only_the_checksum()
    {
        const string text = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        Assert.Equal(Address.Parse(text), Address.ParseChecksummed(text));
        Assert.False(Address.TryParseChecksummed(text.ToLowerInvariant(), out Address address, out string? error));
        Assert.Equal(Address.Zero, address);
        Assert.Contains("EIP-55", error, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Address.ParseChecksummed("0x" + text[2..].ToUpperInvariant()));

        // All letters of this one are to be small, and one without letters has nothing to check.
        Address.ParseChecksummed("0xde709f2102306220921060314715629080e2fb77");
        Address.ParseChecksummed("0x0000000000000000000000000000000000000001");
    }

    [Theory]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "checksum")]
    [InlineData("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA", "40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAez", "digit 39")]
    [InlineData("", "0x")]
    [InlineData(null, "0x")]
    public void Malformed_addresses_are_refused_by_a_sentence_that_names_the_defect(string? text, string named)
    {
        Assert.False(Address.TryParse(text, out _, out string? error));
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Order_is_that_of_the_bytes()
    {
        Address low = Address.Parse("0x00000000000000000000000000000000000000ff");
        Address middle = Address.Parse("0x0000000000000000000000010000000000000000");
        Address high = Address.Parse("0x0100000000000000000000000000000000000000");
        Address[] sorted = [.. new[] { high, low, middle, Address.Zero }.Order()];
        Assert.Equal([Address.Zero, low, middle, high], sorted);
        Assert.True(low < middle && middle < high);
    }

    [Fact]
    public void Bytes_of_another_length_are_refused() => Assert.Throws<ArgumentException>(() => Address.FromBytes(new byte[19]));

    [Fact]
    public void Hash_round_trips_and_refuses_another_length()
    {
        string text = "0x" + string.Concat(Enumerable.Range(0, 32).Select(i => i.ToString("x2", null)));
        Assert.Equal(text, Hash32.Parse(text).ToString());
        Assert.Equal(text, Hex.Encode(Hash32.Parse(text).ToArray()));
        Assert.False(Hash32.TryParse(text[..^2], out _, out string? error));
        Assert.Contains("64", error, StringComparison.Ordinal);
    }
}
