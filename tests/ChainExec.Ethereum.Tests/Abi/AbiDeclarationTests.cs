using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

public sealed class AbiDeclarationTests
{
    private const string From = "0x00000000000000000000000011111111111111111111111111111111111111aa";
    private const string To = "0x00000000000000000000000022222222222222222222222222222222222222bb";

    private static readonly AbiEvent Transfer = AbiEvent.Parse("event Transfer(address indexed from, address indexed to, uint256 value)");

    [Fact]
    public void Transfer_function_has_its_names_selector_and_results()
    {
        AbiFunction transfer = AbiFunction.Parse("function transfer(address to, uint256 amount) external returns (bool)");
        Assert.Equal("transfer(address,uint256)", transfer.Signature);
        Assert.Equal("0xa9059cbb", Hex.Encode(transfer.Selector.Span));
        Assert.Equal(["to", "amount"], transfer.Inputs.Select(input => input.Name));
        Assert.Equal([true], transfer.DecodeResult(Convert.FromHexString(new string('0', 63) + "1")));
    }

    [Theory]
    [InlineData(
        "function executeBatch((address target,uint256 value,bytes data)[] calls)",
        "executeBatch((address,uint256,bytes)[])", "0x34fcd5be")]
    [InlineData("executeBatch(address[],uint256[],bytes[])", "executeBatch(address[],uint256[],bytes[])", "0x47e1da2a")]
    [InlineData("function balanceOf(address) view returns (uint)", "balanceOf(address)", "0x70a08231")]
    [InlineData(
        "function executeBatch(tuple(address,uint,bytes)[] calls) payable;", "executeBatch((address,uint256,bytes)[])", "0x34fcd5be")]
    public void Selectors_are_hashed_from_the_canonical_signature(string declaration, string signature, string selector)
    {
        AbiFunction function = AbiFunction.Parse(declaration);
        Assert.Equal(signature, function.Signature);
        Assert.Equal(selector, Hex.Encode(function.Selector.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("function")]
    [InlineData("function ()")]
    [InlineData("function f")]
    [InlineData("function f(")]
    [InlineData("function f(uint)x")]
    [InlineData("function f(uint,)")]
    [InlineData("function f(uint7)")]
    [InlineData("function f(uint08)")]
    [InlineData("function f(uint264)")]
    [InlineData("function f(bytes33)")]
    [InlineData("function f(bytes0)")]
    [InlineData("function f(uint[-1])")]
    [InlineData("function f(uint[01])")]
    [InlineData("function f(uint[9999999])")]
    [InlineData("function f(uint[1000000][1000000])")]
    [InlineData("function f(uint) returns")]
    [InlineData("function f(uint) f(uint)")]
    [InlineData("function f(uint) view pure")]
    [InlineData("function f(uint) public external")]
    [InlineData("function f(uint 7)")]
    [InlineData("function f(uint indexed a)")]
    [InlineData("function f(uint payable a)")]
    [InlineData("function f(uint memory calldata a)")]
    [InlineData("function f((uint memory a) b)")]
    [InlineData("function f(uint a b)")]
    [InlineData("function f(uint);;")]
    public void Texts_that_are_no_function_are_refused(string text) => Assert.Throws<AbiException>(() => AbiFunction.Parse(text));

    [Theory]
    [InlineData("f(uint)", "function f(uint256)")]
    [InlineData("function f(address payable a, bytes memory b) public view virtual override returns (int);",
        "function f(address a, bytes b) view returns (int256)")]
    [InlineData("function f(tuple(uint a, (bool, fixed)[2][] b)[3] c, function) payable",
        "function f((uint256 a, (bool, fixed128x18)[2][] b)[3] c, function) payable")]
    [InlineData(" function\tf ( ) nonpayable external ", "function f()")]
    public void Functions_are_written_in_one_form(string declaration, string expected)
    {
        Assert.Equal(expected, AbiFunction.Parse(declaration).ToDeclaration());
        Assert.Equal(expected, AbiFunction.Parse(expected).ToDeclaration());
    }

    [Theory]
    [InlineData("uint256;")]
    [InlineData("uint256 a")]
    [InlineData("uint256[]]")]
    [InlineData("uint256[+1]")]
    [InlineData("mapping")]
    [InlineData("fixed128")]
    [InlineData("fixed128x0")]
    [InlineData("fixed128x81")]
    [InlineData("Uint256")]
    public void Texts_that_are_no_type_are_refused(string text) => Assert.Throws<AbiException>(() => AbiType.Parse(text));

    [Theory]
    [InlineData("event E(uint memory a)")]
    [InlineData("event E(uint indexed indexed a)")]
    [InlineData("event E((uint indexed a) b)")]
    [InlineData("event E(uint) view")]
    [InlineData("event E(uint) anonymous anonymous")]
    public void Texts_that_are_no_event_are_refused(string text) => Assert.Throws<AbiException>(() => AbiEvent.Parse(text));

    [Fact]
    public void Filter_takes_no_more_arguments_than_are_indexed()
    {
        Address from = Address.Parse("0x" + From[26..]);
        Assert.Equal([Transfer.Topic0], Transfer.FilterTopics());
        Assert.Equal([Transfer.Topic0, Hash32.Parse(From), null], Transfer.FilterTopics(from, null));
        Assert.Equal(1, Assert.Throws<AbiException>(() => Transfer.FilterTopics(null, 7)).Position);
        Assert.Throws<AbiException>(() => Transfer.FilterTopics(from, from, (UInt256)1));
        Assert.Throws<AbiException>(() => Transfer.Encode(from, from));
    }

    [Fact]
    public void Nesting_beyond_the_bound_is_refused()
    {
        Assert.Throws<AbiException>(() => AbiType.Parse(new string('(', 100_000)));
        Assert.Throws<AbiException>(() => AbiType.Parse(new string('(', 10_000)));
        Assert.Throws<AbiException>(() => AbiType.Parse("uint" + string.Concat(Enumerable.Repeat("[]", 33))));
    }

    [Fact]
    public void Second_encoding_of_the_same_call_is_refused()
    {
        AbiFunction function = AbiFunction.Parse("f(bytes)");
        byte[] callData = function.EncodeCall("x"u8.ToArray());
        Assert.Throws<AbiException>(() => function.DecodeCall([.. callData, 0]));

        // The same bytes behind a gap of one word.
        byte[] moved = [.. callData.AsSpan(0, 35), 0x40, .. new byte[32], .. callData.AsSpan(36)];
        Assert.Throws<AbiException>(() => function.DecodeCall(moved));
    }

    [Fact]
    public void Call_of_another_function_is_refused()
    {
        byte[] callData = AbiFunction.Parse("g(bytes)").EncodeCall("x"u8.ToArray());
        Assert.Throws<AbiException>(() => AbiFunction.Parse("f(bytes)").DecodeCall(callData));
    }

    [Fact]
    public void Transfer_log_is_decoded_in_declaration_order()
    {
        Assert.Equal("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", Transfer.Topic0.ToString());
        byte[] data = AbiEncoder.Encode([AbiType.Parse("uint256")], [500]);
        object[] values = Transfer.Decode([Transfer.Topic0, Hash32.Parse(From), Hash32.Parse(To)], data);
        Assert.Equal(
            [Address.Parse("0x" + From[26..]), Address.Parse("0x" + To[26..]), (UInt256)500],
            values);
    }

    // ERC-721 shares the first topic of ERC-20's Transfer and indexes the third parameter too.
    [Fact]
    public void Log_with_another_number_of_topics_is_refused() => Assert.Throws<AbiException>(
        () => Transfer.Decode([Transfer.Topic0, Hash32.Parse(From), Hash32.Parse(To), Hash32.Zero], []));

    [Fact]
    public void Dirty_topic_is_refused() => Assert.Throws<AbiException>(
        () => Transfer.Decode([Transfer.Topic0, Transfer.Topic0, Hash32.Parse(To)], new byte[32]));

    [Fact]
    public void Indexed_dynamic_value_is_its_hash()
    {
        AbiEvent named = AbiEvent.Parse("event Named(string indexed name, uint256[2] indexed pair, bool flag)");
        Hash32 hash = Keccak256.Hash("x"u8);
        object[] values = named.Decode([named.Topic0, hash, Hash32.Zero], AbiEncoder.Encode([AbiType.Parse("bool")], [true]));
        Assert.Equal([hash, Hash32.Zero, true], values);
    }

    [Fact]
    public void Anonymous_event_has_no_first_topic_and_may_index_four()
    {
        AbiEvent anonymous = AbiEvent.Parse("event A(bool indexed a, bool indexed b, bool indexed c, bool indexed d) anonymous");
        Assert.Equal([false, false, false, false], anonymous.Decode([default, default, default, default], []));
        Assert.Throws<AbiException>(() => AbiEvent.Parse("event A(bool indexed a, bool indexed b, bool indexed c, bool indexed d)"));
    }
}
