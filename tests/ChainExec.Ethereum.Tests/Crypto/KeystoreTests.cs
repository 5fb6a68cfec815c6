using System.Text;
using ChainExec.Ethereum.Crypto;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Crypto;

public sealed class KeystoreTests
{
    // The test vectors of the Web3 Secret Storage definition; the key is published there.
    private const string Pbkdf2Vector = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    private const string ScryptVector = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
        "kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    private static readonly byte[] VectorPassword = Encoding.ASCII.GetBytes("testpassword");
    private static readonly KeystoreCost Cheap = new(16, 1, 1);

    [Theory]
    [InlineData(Pbkdf2Vector)]
    [InlineData(ScryptVector)]
    public void Official_vectors_open(string json)
    {
        using PrivateKey key = Keystore.Decrypt(json, VectorPassword);
        Assert.Equal(Address.Parse("0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"), key.Address);
    }

    [Fact]
    public void Written_keystore_opens_and_does_not_contain_the_key()
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, (byte)0x46);
        using PrivateKey key = PrivateKey.FromBytes(bytes);
        string json = Keystore.Encrypt(key, VectorPassword, Cheap);
        using PrivateKey opened = Keystore.Decrypt(json, VectorPassword);
        Assert.Equal(key.Address, opened.Address);
        Assert.DoesNotContain(Convert.ToHexStringLower(bytes), json, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Wrong_password_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate();
        string json = Keystore.Encrypt(key, VectorPassword, Cheap);
        Assert.Throws<KeystoreException>(() => Keystore.Decrypt(json, "other"u8));
    }

    // The vector names no address, so only the MAC can tell a wrong key from the right one.
    [Fact]
    public void Wrong_password_is_refused_where_no_address_is_written() =>
        Assert.Throws<KeystoreException>(() => Keystore.Decrypt(Pbkdf2Vector, "other"u8));

    [Fact]
    public void Address_of_another_key_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate();
        string json = Keystore.Encrypt(key, VectorPassword, Cheap)
            .Replace(key.Address.ToHex()[2..], new string('1', 40), StringComparison.Ordinal);
        Assert.Throws<KeystoreException>(() => Keystore.Decrypt(json, VectorPassword));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":3}")]
    [InlineData("{\"version\":3,\"crypto\":{\"cipher\":\"\\ud800\"}}")]
    public void Malformed_keystores_are_refused(string json) =>
        Assert.Throws<KeystoreException>(() => Keystore.Decrypt(json, VectorPassword));

    [Fact]
    public void Keystore_with_half_a_surrogate_pair_is_refused() =>
        Assert.Throws<KeystoreException>(() => Keystore.Decrypt("{\"version\":3,\"\ud800\":1}", VectorPassword));

    [Fact]
    public void Parameters_that_would_exhaust_memory_are_refused_before_any_work() => Assert.Throws<KeystoreException>(
        () => Keystore.Decrypt(ScryptVector.Replace("\"r\":1", "\"r\":1000000", StringComparison.Ordinal), VectorPassword));

    [Fact]
    public void Mutated_keystore_throws_nothing_but_the_typed_exception()
    {
        using PrivateKey key = PrivateKey.Generate();
        string json = Keystore.Encrypt(key, VectorPassword, Cheap);
        Prop.ForAll(Gen.Choose(0, json.Length - 1).ToArbitrary(), Gen.Choose(0, 127).ToArbitrary(), (at, code) =>
        {
            try
            {
                Keystore.Decrypt(string.Concat(json.AsSpan(0, at), ((char)code).ToString(), json.AsSpan(at + 1)), VectorPassword).Dispose();
            }
            catch (KeystoreException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }
}
