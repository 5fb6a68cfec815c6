using ChainExec.Ethereum.Crypto;

namespace ChainExec.Ethereum.Tests.Crypto;

public sealed class PrivateKeyTests
{
    private static readonly Hash32 Digest = Keccak256.Hash("a message"u8);

    [Fact]
    public void Address_is_that_of_the_EIP_155_example_key()
    {
        using PrivateKey key = ExampleKey();
        Assert.Equal("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F", key.Address.ToString());
    }

    // EIP-155's example: the signing hash, and the r and s that the deterministic nonce gives for it.
    [Fact]
    public void Signature_is_that_of_the_EIP_155_example()
    {
        using PrivateKey key = ExampleKey();
        Signature signature = key.Sign(Hash32.Parse("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"));
        Assert.Equal("0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276", Hex.EncodeQuantity(signature.R));
        Assert.Equal("0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83", Hex.EncodeQuantity(signature.S));
        Assert.False(signature.YParity);
    }

    [Fact]
    public void Signer_is_recovered_for_many_keys_and_digests()
    {
        for (int i = 0; i < 200; i++)
        {
            using PrivateKey key = PrivateKey.Generate();
            Hash32 digest = Keccak256.Hash(key.Address.ToArray());
            Signature signature = key.Sign(digest);
            Assert.True(signature.HasLowS);
            Assert.Equal(key.Address, Ecdsa.Recover(digest, signature));
        }
    }

    [Fact]
    public void High_s_is_refused()
    {
        using PrivateKey key = ExampleKey();
        Signature signature = key.Sign(Digest);
        UInt256 order = UInt256.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        Signature mirrored = new(signature.R, order - signature.S, !signature.YParity);
        Assert.Throws<SignatureException>(() => Ecdsa.Recover(Digest, mirrored));
    }

    [Fact]
    public void Zero_signature_is_refused() => Assert.Throws<SignatureException>(() => Ecdsa.Recover(Digest, default));

    [Fact]
    public void R_above_the_order_is_refused() =>
        Assert.Throws<SignatureException>(() => Ecdsa.Recover(Digest, new Signature(UInt256.MaxValue, UInt256.One, false)));

    [Fact]
    public void Zero_and_the_order_are_no_keys()
    {
        Assert.Throws<ArgumentException>(() => PrivateKey.FromBytes(new byte[32]));
        Assert.Throws<ArgumentException>(() => PrivateKey.FromBytes(
            Hex.Decode("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")));
        Assert.Throws<ArgumentException>(() => PrivateKey.FromBytes(new byte[31]));
    }

    [Fact]
    public void Text_of_a_key_shows_its_address_only()
    {
        using PrivateKey key = ExampleKey();
        Assert.Equal($"private key of {key.Address}", key.ToString());
    }

    [Fact]
    public void Disposed_key_does_not_sign()
    {
        PrivateKey key = ExampleKey();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign(Digest));
    }

    private static PrivateKey ExampleKey()
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, (byte)0x46);
        return PrivateKey.FromBytes(bytes);
    }
}
