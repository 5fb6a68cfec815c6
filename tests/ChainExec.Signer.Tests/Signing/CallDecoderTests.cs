using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

public sealed class CallDecoderTests
{
    [Fact]
    public void Transfer_is_decoded_with_the_selector_of_the_standard()
    {
        var ask = new Ask();
        Assert.Equal("a9059cbb", Convert.ToHexStringLower(ask.Data[..4]));
        Assert.Equal(new DecodedCall(CallDecoder.Transfer, Ask.Token, Ask.Bob, 500), Decode(ask.Data));
    }

    [Fact]
    public void Approve_is_decoded_with_the_selector_of_the_standard()
    {
        byte[] data = new Ask { Function = CallDecoder.Approve }.Data;
        Assert.Equal("095ea7b3", Convert.ToHexStringLower(data[..4]));
        Assert.Equal(new DecodedCall(CallDecoder.Approve, Ask.Token, Ask.Bob, 500), Decode(data));
    }

    [Fact]
    public void Transfer_from_is_unknown() => Assert.Null(Decode(new Ask { Function = "transferFrom(address,address,uint256)" }.Data));

    [Fact]
    public void Bytes_beyond_the_arguments_are_not_decoded() => Assert.Null(Decode([.. new Ask().Data, 0]));

    [Fact]
    public void Missing_bytes_are_not_decoded() => Assert.Null(Decode(new Ask().Data[..^1]));

    [Fact]
    public void Dirty_padding_of_the_address_is_not_decoded()
    {
        byte[] data = new Ask().Data;
        data[4] = 1;
        Assert.Null(Decode(data));
    }

    private static DecodedCall? Decode(byte[] data) => CallDecoder.Decode(Ask.Token, default(UInt256), data);
}
