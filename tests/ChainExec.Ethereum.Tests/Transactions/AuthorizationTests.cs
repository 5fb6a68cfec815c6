using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Ethereum.Tests.Transactions;

public sealed class AuthorizationTests
{
    private static readonly UInt256 Order = UInt256.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    private static Authorization Example => new(0, Address.Parse("0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 10);

    [Fact]
    public void Digest_and_signature_are_those_of_an_independent_implementation()
    {
        using PrivateKey key = Keys.Example();
        SignedAuthorization signed = Example.Sign(key);
        Assert.Equal("0x533fc6069aa9fef53a0039eced6c82388bbb76b55e41cd803678800d8d89bd7d", Example.SigningHash().ToString());
        Assert.Equal(1, signed.YParity);
        Assert.Equal(UInt256.Parse("0x73fb7102d48d66c23bb6608e77edb519edad49e18515e561ad4b618fc7099b72"), signed.R);
        Assert.Equal(UInt256.Parse("0x39fb5a8e930b838301417fee2aaadff24b56a37cbf0711d8470712a96ae2eb2e"), signed.S);
        Assert.True(signed.TryRecoverAuthority(out Address authority));
        Assert.Equal(key.Address, authority);
    }

    [Fact]
    public void Authorization_that_nobody_can_have_signed_has_no_authority()
    {
        using PrivateKey key = Keys.Example();
        SignedAuthorization signed = Example.Sign(key);
        Assert.False((signed with { YParity = 2 }).TryRecoverAuthority(out _));
        Assert.False((signed with { R = UInt256.Zero }).TryRecoverAuthority(out _));
        Assert.False((signed with { S = Order - signed.S, YParity = (byte)(1 - signed.YParity) }).TryRecoverAuthority(out _));
        Assert.False((signed with { Authorization = Example with { Nonce = ulong.MaxValue } }).TryRecoverAuthority(out _));
    }

    [Fact]
    public void Authorization_with_the_last_nonce_is_not_signed()
    {
        using PrivateKey key = Keys.Example();
        Assert.Throws<TransactionException>(() => (Example with { Nonce = ulong.MaxValue }).Sign(key));
    }

    // EIP-7702 makes such a transaction valid: the chain skips the authorization and charges for it.
    [Fact]
    public void Transaction_with_an_invalid_authorization_is_decoded()
    {
        using PrivateKey key = Keys.Example();
        var unsigned = new SignedAuthorization(Example with { ChainId = UInt256.MaxValue }, 255, UInt256.MaxValue, UInt256.MaxValue);
        var transaction = new Eip7702Transaction(1, 0, 1, 1, 50_000, Address.Zero, 0, default, [], [unsigned]);
        var decoded = (Eip7702Transaction)SignedTransaction.Decode(transaction.Sign(key).Encode()).Transaction;
        Assert.Equal(unsigned, Assert.Single(decoded.AuthorizationList));
    }
}
