using ChainExec.Ethereum.Abi;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Abi;

public sealed class RevertReasonTests
{
    private static readonly AbiError InsufficientBalance =
        AbiError.Parse("error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)");

    private static Arbitrary<byte[]> Tails => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(80).ToArbitrary();

    [Fact]
    public void Error_string_is_decoded() =>
        Check(AbiFunction.Parse("Error(string)").EncodeCall("Pausable: paused"), "error_string", "Pausable: paused");

    [Fact]
    public void Error_string_with_broken_text_and_padding_is_still_shown()
    {
        byte[] data = AbiError.ErrorString.Encode("no?");
        data[^30] = 0xFF;
        Check(data, "error_string", "no\uFFFD");
        data[^1] = 1;
        Check(data[..^20], "error_string", "no\uFFFD");
    }

    [Fact]
    public void Control_characters_of_a_contract_do_not_reach_a_terminal() =>
        Check(AbiFunction.Parse("Error(string)").EncodeCall("a\u001b[2Jb"), "error_string", "a\uFFFD[2Jb");

    [Fact]
    public void Long_reason_is_cut()
    {
        RevertReason reason = RevertReason.Decode(AbiFunction.Parse("Error(string)").EncodeCall(new string('x', 100_000)), []);
        Assert.Equal(RevertReason.MessageMax, reason.Message.Length);
    }

    [Theory]
    [InlineData(0x11UL, "Panic 0x11: arithmetic overflow or underflow")]
    [InlineData(0x00UL, "Panic 0x0: generic compiler panic")]
    [InlineData(0x01UL, "Panic 0x1: assertion failed")]
    [InlineData(0x12UL, "Panic 0x12: division or modulo by zero")]
    [InlineData(0x21UL, "Panic 0x21: value outside an enum")]
    [InlineData(0x22UL, "Panic 0x22: wrongly encoded storage byte array")]
    [InlineData(0x31UL, "Panic 0x31: pop on an empty array")]
    [InlineData(0x32UL, "Panic 0x32: array index out of bounds")]
    [InlineData(0x41UL, "Panic 0x41: too much memory allocated")]
    [InlineData(0x51UL, "Panic 0x51: call of an uninitialised internal function")]
    [InlineData(0x99UL, "Panic 0x99: unknown code")]
    public void Panic_is_named(ulong code, string message) => Check(AbiFunction.Parse("Panic(uint256)").EncodeCall(code), "panic", message);

    [Fact]
    public void Known_custom_error_is_named_with_its_arguments() => Check(
        AbiFunction.Parse("ERC20InsufficientBalance(address,uint256,uint256)").EncodeCall(Address.Zero, 1UL, 2UL),
        "custom", "ERC20InsufficientBalance(0x0000000000000000000000000000000000000000, 1, 2)");

    [Fact]
    public void Empty_data_has_no_reason() => Assert.Equal("empty", RevertReason.Decode([], []).Kind);

    [Theory]
    [InlineData("0x12345678")]
    [InlineData("0x08c379a0")]
    [InlineData("0x4e487b71ff")]
    [InlineData("0xe450d38c00")]
    [InlineData("0x01")]
    public void Unknown_or_broken_data_is_shown_as_it_is(string data) => Check(Hex.Decode(data), "unknown", data);

    [Fact]
    public void Any_bytes_give_an_answer() =>
        Prop.ForAll(Tails, Gen.Choose(0, 3).ToArbitrary(), (tail, choice) =>
        {
            byte[] selector = Hex.Decode(new[] { "0x08c379a0", "0x4e487b71", "0xe450d38c", "0x00000000" }[choice]);
            Assert.InRange(RevertReason.Decode([.. selector, .. tail], [InsufficientBalance]).Message.Length, 1, RevertReason.MessageMax);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    private static void Check(byte[] data, string kind, string message) =>
        Assert.Equal(new RevertReason(kind, message), RevertReason.Decode(data, [InsufficientBalance]));
}
