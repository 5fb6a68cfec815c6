using System.Numerics;
using System.Security.Cryptography;
using ChainExec.Ethereum.Crypto;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Crypto;

public sealed class Bip32Tests
{
    private const string Seed1 = "000102030405060708090a0b0c0d0e0f";

    private const string Seed2 =
        "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542";

    private const string Seed3 =
        "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be";

    private const string Seed4 = "3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678";

    // Test vectors 1 to 4 of BIP-32; 3 and 4 have keys with leading zero bytes.
    [Theory]
    [InlineData(
        Seed1, "m",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi")]
    [InlineData(
        Seed1, "m/0'",
        "xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7XnxHrnYeSvkzY7d2bhkJ7")]
    [InlineData(
        Seed1, "m/0'/1",
        "xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnrVA1xe8fs")]
    [InlineData(
        Seed1, "m/0'/1/2'",
        "xprv9z4pot5VBttmtdRTWfWQmoH1taj2axGVzFqSb8C9xaxKymcFzXBDptWmT7FwuEzG3ryjH4ktypQSAewRiNMjANTtpgP4mLTj34bhnZX7UiM")]
    [InlineData(
        Seed1, "m/0h/1/2H/2",
        "xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334")]
    [InlineData(
        Seed1, "m/0'/1/2'/2/1000000000",
        "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76")]
    [InlineData(
        Seed2, "m",
        "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U")]
    [InlineData(
        Seed2, "m/0",
        "xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt")]
    [InlineData(
        Seed2, "m/0/2147483647'",
        "xprv9wSp6B7kry3Vj9m1zSnLvN3xH8RdsPP1Mh7fAaR7aRLcQMKTR2vidYEeEg2mUCTAwCd6vnxVrcjfy2kRgVsFawNzmjuHc2YmYRmagcEPdU9")]
    [InlineData(
        Seed2, "m/0/2147483647'/1",
        "xprv9zFnWC6h2cLgpmSA46vutJzBcfJ8yaJGg8cX1e5StJh45BBciYTRXSd25UEPVuesF9yog62tGAQtHjXajPPdbRCHuWS6T8XA2ECKADdw4Ef")]
    [InlineData(
        Seed2, "m/0/2147483647'/1/2147483646'",
        "xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc")]
    [InlineData(
        Seed2, "m/0/2147483647'/1/2147483646'/2",
        "xprvA2nrNbFZABcdryreWet9Ea4LvTJcGsqrMzxHx98MMrotbir7yrKCEXw7nadnHM8Dq38EGfSh6dqA9QWTyefMLEcBYJUuekgW4BYPJcr9E7j")]
    [InlineData(
        Seed3, "m",
        "xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9dGuVrtHHs7pXeTzjuxBrCmmhgC6")]
    [InlineData(
        Seed3, "m/0'",
        "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L")]
    [InlineData(
        Seed4, "m",
        "xprv9s21ZrQH143K48vGoLGRPxgo2JNkJ3J3fqkirQC2zVdk5Dgd5w14S7fRDyHH4dWNHUgkvsvNDCkvAwcSHNAQwhwgNMgZhLtQC63zxwhQmRv")]
    [InlineData(
        Seed4, "m/0'",
        "xprv9vB7xEWwNp9kh1wQRfCCQMnZUEG21LpbR9NPCNN1dwhiZkjjeGRnaALmPXCX7SgjFTiCTT6bXes17boXtjq3xLpcDjzEuGLQBM5ohqkao9G")]
    [InlineData(
        Seed4, "m/0'/1'",
        "xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32dVoS6XLT1")]
    public void Keys_and_chain_codes_are_those_of_the_standard(string seed, string path, string extendedKey)
    {
        using Bip32Key master = Bip32Key.FromSeed(Convert.FromHexString(seed));
        using Bip32Key derived = master.Derive(Bip32Path.Parse(path));
        byte[] key = new byte[32];
        byte[] chainCode = new byte[32];
        derived.CopyTo(key, chainCode);
        byte[] expected = DecodeExtendedKey(extendedKey);
        Assert.Equal(Convert.ToHexStringLower(expected.AsSpan(46, 32)), Convert.ToHexStringLower(key));
        Assert.Equal(Convert.ToHexStringLower(expected.AsSpan(13, 32)), Convert.ToHexStringLower(chainCode));
    }

    // The accounts that anvil and hardhat print at start.
    [Theory]
    [InlineData(0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")]
    [InlineData(1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    [InlineData(2, "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")]
    [InlineData(9, "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720")]
    public void Development_accounts_are_the_known_ones(int index, string address)
    {
        byte[] seed = new byte[Bip39Mnemonic.SeedSize];
        using Bip39Mnemonic mnemonic = Bip39Mnemonic.Parse("test test test test test test test test test test test junk");
        mnemonic.DeriveSeed("", seed);
        using Bip32Key master = Bip32Key.FromSeed(seed);
        using Bip32Key derived = master.Derive(Bip32Path.Parse($"m/44'/60'/0'/0/{index}"));
        using PrivateKey key = derived.ToPrivateKey();
        Assert.Equal(address, key.Address.ToString());
    }

    [Fact]
    public void Steps_one_by_one_end_where_the_path_does()
    {
        using Bip32Key master = Bip32Key.FromSeed(Convert.FromHexString(Seed1));
        using Bip32Key first = master.Derive(44 | Bip32Path.Hardened);
        using Bip32Key second = first.Derive(7);
        using Bip32Key whole = master.Derive(Bip32Path.Parse("m/44'/7"));
        using PrivateKey stepped = second.ToPrivateKey();
        using PrivateKey direct = whole.ToPrivateKey();
        Assert.Equal(direct.Address, stepped.Address);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(65)]
    public void Seeds_of_other_sizes_are_refused(int size) => Assert.Throws<Bip32Exception>(() => Bip32Key.FromSeed(new byte[size]));

    [Fact]
    public void Disposed_key_gives_nothing()
    {
        Bip32Key key = Bip32Key.FromSeed(Convert.FromHexString(Seed1));
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.ToPrivateKey());
        Assert.Throws<ObjectDisposedException>(() => key.Derive(0));
        Assert.Throws<ObjectDisposedException>(() => key.Derive(Bip32Path.EthereumFirst));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("M/0", 0)]
    [InlineData("44'/60'", 0)]
    [InlineData(" m/0", 0)]
    [InlineData("m/", 2)]
    [InlineData("m0", 1)]
    [InlineData("m//0", 2)]
    [InlineData("m/0/", 4)]
    [InlineData("m/00", 2)]
    [InlineData("m/01", 2)]
    [InlineData("m/-1", 2)]
    [InlineData("m/+1", 2)]
    [InlineData("m/ 1", 2)]
    [InlineData("m/1 ", 3)]
    [InlineData("m/0x1", 3)]
    [InlineData("m/2147483648", 2)]
    [InlineData("m/4294967296", 2)]
    [InlineData("m/99999999999999999999", 2)]
    [InlineData("m/0''", 4)]
    [InlineData("m/0'h", 4)]
    [InlineData("m/'", 2)]
    [InlineData("m/\u0661", 2)]
    public void Other_spellings_are_no_paths(string text, int position) =>
        Assert.Equal(position, Assert.Throws<Bip32Exception>(() => Bip32Path.Parse(text)).Position);

    [Fact]
    public void Path_has_at_most_255_levels()
    {
        Assert.Equal(255, Bip32Path.Parse("m" + string.Concat(Enumerable.Repeat("/1", 255))).Indices.Count);
        Assert.Throws<Bip32Exception>(() => Bip32Path.Parse("m" + string.Concat(Enumerable.Repeat("/1", 256))));
    }

    [Fact]
    public void Any_path_reads_back_from_its_text() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).SelectMany(index => Gen.Elements($"/{index}", $"/{index}'")).ListOf().ToArbitrary(),
        levels =>
        {
            string text = "m" + string.Concat(levels.Take(Bip32Path.DepthMax));
            return Bip32Path.Parse(text).ToString() == text;
        }).QuickCheckThrowOnFailure();

    // Base58Check without its checksum: version, depth, fingerprint and index (13 bytes), chain code, a zero byte, key.
    private static byte[] DecodeExtendedKey(string text)
    {
        const string alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        BigInteger number = text.Aggregate(BigInteger.Zero, (sum, digit) => sum * 58 + alphabet.IndexOf(digit, StringComparison.Ordinal));
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        Assert.Equal(82, bytes.Length);
        Assert.Equal(SHA256.HashData(SHA256.HashData(bytes.AsSpan(0, 78))).AsSpan(0, 4).ToArray(), bytes.AsSpan(78).ToArray());
        return bytes;
    }
}
