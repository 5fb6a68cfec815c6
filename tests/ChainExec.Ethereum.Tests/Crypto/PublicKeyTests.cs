using ChainExec.Ethereum.Crypto;

namespace ChainExec.Ethereum.Tests.Crypto;

public sealed class PublicKeyTests
{
    private static readonly Hash32 Digest = Keccak256.Hash("a message"u8);

    // The generator of the group, SEC 2 section 2.4.1: the public key of the private key 1.
    private const string Generator =
        "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        + "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

    [Fact]
    public void Key_of_one_is_the_generator_in_both_forms()
    {
        byte[] one = new byte[32];
        one[31] = 1;
        using PrivateKey key = PrivateKey.FromBytes(one);
        PublicKey compressed = PublicKey.FromBytes(Convert.FromHexString("02" + Generator[2..66]));
        Assert.Equal(Generator, Convert.ToHexStringLower(key.ToPublicKey().ToArray()));
        Assert.Equal(key.ToPublicKey(), compressed);
        Assert.Equal(key.Address, compressed.Address);
    }

    [Fact]
    public void Only_the_signature_of_that_key_and_digest_verifies()
    {
        for (int i = 0; i < 50; i++)
        {
            using PrivateKey key = PrivateKey.Generate();
            using PrivateKey other = PrivateKey.Generate();
            Signature signature = key.Sign(Digest);
            Assert.True(key.ToPublicKey().Verify(Digest, signature));
            Assert.False(other.ToPublicKey().Verify(Digest, signature));
            Assert.False(key.ToPublicKey().Verify(Keccak256.Hash("another"u8), signature));
            Assert.False(key.ToPublicKey().Verify(Digest, signature with { R = signature.R + 1 }));
            Assert.False(key.ToPublicKey().Verify(Digest, signature with { S = signature.S - 1 }));
        }
    }

    [Fact]
    public void High_s_and_values_outside_the_group_do_not_verify()
    {
        using PrivateKey key = PrivateKey.Generate();
        Signature signature = key.Sign(Digest);
        UInt256 order = UInt256.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        PublicKey publicKey = key.ToPublicKey();
        Assert.False(publicKey.Verify(Digest, signature with { S = order - signature.S }));
        Assert.False(publicKey.Verify(Digest, default));
        Assert.False(publicKey.Verify(Digest, new Signature(UInt256.MaxValue, signature.S, false)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("04")]
    [InlineData("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817")]
    [InlineData("020000000000000000000000000000000000000000000000000000000000000005")]
    [InlineData("0579be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")]
    [InlineData("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe")]
    public void Bytes_that_are_no_point_are_refused(string bytes) =>
        Assert.Throws<ArgumentException>(() => PublicKey.FromBytes(Convert.FromHexString(bytes)));

    [Fact]
    public void Hybrid_form_and_a_point_beside_the_curve_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PublicKey.FromBytes(Convert.FromHexString("06" + Generator[2..])));
        Assert.Throws<ArgumentException>(() => PublicKey.FromBytes(Convert.FromHexString(Generator[..^1] + "9")));
    }

    [Fact]
    public void Disposed_private_key_has_no_public_key()
    {
        PrivateKey key = PrivateKey.Generate();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.ToPublicKey());
    }
}
