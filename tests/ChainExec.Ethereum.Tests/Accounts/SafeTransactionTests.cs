using ChainExec.Ethereum.Accounts;

namespace ChainExec.Ethereum.Tests.Accounts;

public sealed class SafeTransactionTests
{
    private static readonly Address Safe = Address.Parse("0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");

    private static SafeTransaction Example => new(
        Address.Parse("0x3535353535353535353535353535353535353535"), 123, Hex.Decode("0xabcdef"), SafeOperation.DelegateCall, 1, 2, 3,
        Address.Parse("0x6666666666666666666666666666666666666666"), Address.Parse("0x7777777777777777777777777777777777777777"), 42);

    [Fact]
    public void Hash_is_that_of_an_independent_implementation() =>
        Assert.Equal("0x5d30f10b62b9f5e9450c86083ac9eec1f5c591cb22b0230e6f5472bccef75c5f", Example.Hash(100, Safe).ToString());

    [Fact]
    public void Hash_depends_on_chain_and_safe()
    {
        Assert.NotEqual(Example.Hash(100, Safe), Example.Hash(101, Safe));
        Assert.NotEqual(Example.Hash(100, Safe), Example.Hash(100, Address.Zero));
    }

    [Fact]
    public void Unknown_operation_has_no_hash() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => (Example with { Operation = (SafeOperation)2 }).Hash(100, Safe));
}
