using ChainExec.Ethereum.Accounts;
using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Tests.Accounts;

/// <summary>The expected hashes are those of an independent implementation.</summary>
public sealed class UserOperationTests
{
    private static readonly Address Delegate = Address.Parse("0xdededededededededededededededededededede");

    private static UserOperation Example => new(
        Address.Parse("0x1212121212121212121212121212121212121212"),
        ((UInt256)5UL << 64) + 7,
        Hex.Decode("0xfafafafafafafafafafafafafafafafafafafafa010203"),
        Hex.Decode("0xcafe"),
        200,
        100,
        300,
        50,
        400,
        UserOperation.PackPaymaster(Address.Parse("0xbabababababababababababababababababababa"), 11, 12, [0x99]));

    [Fact]
    public void Hash_of_v07() => Assert.Equal(
        "0x78a95eea6920489ecf8ab2247c0c933d315d6fef8634844f075b1d92eb9b9561",
        Example.HashV07(8453, UserOperation.EntryPointV07).ToString());

    [Fact]
    public void Hash_of_v08() => Assert.Equal(
        "0x9d26a49cf534427611872d11c5ce2c66ca0ce52392fc681c457b3901f6b089bb",
        Example.HashV08(8453, UserOperation.EntryPointV08, null).ToString());

    // The contract takes the marker alone, and with any number of the zeros that fill it up to 20 bytes.
    [Theory]
    [InlineData("0x7702000000000000000000000000000000000000010203", "0x2dbea5a016eae1d87fcbf436c542aec9a594f44b4492918fab137da8fdad39c5")]
    [InlineData("0x7702000000000000000000000000000000000000", "0xc43432d85ec89be515881da8b2752c4e5676077b9d9c97d4a5257ee27956a65a")]
    [InlineData("0x7702000000", "0xc43432d85ec89be515881da8b2752c4e5676077b9d9c97d4a5257ee27956a65a")]
    [InlineData("0x7702", "0xc43432d85ec89be515881da8b2752c4e5676077b9d9c97d4a5257ee27956a65a")]
    public void Marker_of_eip_7702_is_replaced_by_the_delegate(string initCode, string hash)
    {
        UserOperation operation = Example with { InitCode = Hex.Decode(initCode), PaymasterAndData = default };
        Assert.True(operation.HasEip7702Marker);
        Assert.Equal(hash, operation.HashV08(8453, UserOperation.EntryPointV08, Delegate).ToString());
        Assert.Throws<ArgumentNullException>(() => operation.HashV08(8453, UserOperation.EntryPointV08, null));
    }

    [Theory]
    [InlineData("0x")]
    [InlineData("0x77")]
    [InlineData("0x770201")]
    [InlineData("0x7702000000000000000000000000000000000001")]
    [InlineData("0x7703000000000000000000000000000000000000")]
    public void Other_init_code_is_hashed_as_it_is(string initCode)
    {
        UserOperation operation = Example with { InitCode = Hex.Decode(initCode) };
        Assert.False(operation.HasEip7702Marker);
        Assert.Equal(
            operation.HashV08(1, UserOperation.EntryPointV08, null), operation.HashV08(1, UserOperation.EntryPointV08, Delegate));
        Assert.NotEqual(
            operation.HashV08(1, UserOperation.EntryPointV08, null), Example.HashV08(1, UserOperation.EntryPointV08, null));
    }

    [Fact]
    public void Hash_of_v08_is_that_of_the_typed_data_that_a_wallet_shows()
    {
        var structs = new Dictionary<string, IReadOnlyList<TypedDataField>>
        {
            ["PackedUserOperation"] =
            [
                new("sender", "address"), new("nonce", "uint256"), new("initCode", "bytes"), new("callData", "bytes"),
                new("accountGasLimits", "bytes32"), new("preVerificationGas", "uint256"), new("gasFees", "bytes32"),
                new("paymasterAndData", "bytes"),
            ],
        };
        Dictionary<string, object?> message = new()
        {
            ["sender"] = Example.Sender,
            ["nonce"] = Example.Nonce,
            ["initCode"] = Example.InitCode,
            ["callData"] = Example.CallData,
            ["accountGasLimits"] = "0x000000000000000000000000000000c800000000000000000000000000000064",
            ["preVerificationGas"] = Example.PreVerificationGas,
            ["gasFees"] = "0x0000000000000000000000000000003200000000000000000000000000000190",
            ["paymasterAndData"] = Example.PaymasterAndData,
        };
        var domain = new TypedDataDomain("ERC4337", "1", 8453, UserOperation.EntryPointV08);
        Assert.Equal(
            Example.HashV08(8453, UserOperation.EntryPointV08, null),
            TypedMessage.Create(structs, "PackedUserOperation", domain, message).Digest);
    }
}
