using System.Security.Cryptography;
using ChainExec.Ethereum.Crypto;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Crypto;

public sealed class Bip39MnemonicTests
{
    private const string Valid = "test test test test test test test test test test test junk";

    // Entropy, sentence and the seed under the passphrase TREZOR: the reference vectors that BIP-39 links to.
    public static TheoryData<string, string, string> Vectors => new()
    {
        {
            "00000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553"
            + "1f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04"
        },
        {
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6f"
            + "a457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607"
        },
        {
            "ffffffffffffffffffffffffffffffff",
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",
            "ac27495480225222079d7be181583751e86f571027b0497b5b5d11218e0a8a13"
            + "332572917f0f8e5a589620c6f15b11c61dee327651a14c34e18231052e48c069"
        },
        {
            "000000000000000000000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
            + "abandon abandon agent",
            "035895f2f481b1b0f01fcf8c289c794660b289981a78f8106447707fdd9666ca"
            + "06da5a9a565181599b79f53b844d8a71dd9f439c52a3d7b3e8a79c906ac845fa"
        },
        {
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
            "dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e16"
            + "13912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad"
        },
        {
            "9e885d952ad362caeb4efe34a8e91bd2",
            "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
            "274ddc525802f7c828d8ef7ddbcdc5304e87ac3535913611fbbfa986d0c9e547"
            + "6c91689f9c8a54fd55bd38606aa6a8595ad213d4c9c9f9aca3fb217069a41028"
        },
        {
            "6610b25967cdcca9d59875f5cb50b0ea75433311869e930b",
            "gravity machine north sort system female filter attitude volume fold club stay feature office ecology stable narrow fog",
            "628c3827a8823298ee685db84f55caa34b5cc195a778e52d45f59bcf75aba68e"
            + "4d7590e101dc414bc1bbd5737666fbbef35d1f1903953b66624f910feef245ac"
        },
        {
            "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
            "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point "
            + "ten exist slush involve unfold",
            "01f5bced59dec48e362f2c45b5de68b9fd6c92c6634f44d6d40aab69056506f0"
            + "e35524a518034ddc1192e1dacd32c1ed3eaa3c3b131c88ed8e7e54c49a5d0998"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Reference_vectors_hold_in_both_directions(string entropy, string sentence, string seed)
    {
        using Bip39Mnemonic made = Bip39Mnemonic.FromEntropy(Convert.FromHexString(entropy));
        using Bip39Mnemonic parsed = Bip39Mnemonic.Parse(sentence);
        Assert.Equal(sentence, Sentence(made));
        Assert.Equal(sentence, Sentence(parsed));
        Assert.Equal(seed, Seed(parsed, "TREZOR"));
    }

    // The hash under which the list is published, of the file with its last line feed.
    [Fact]
    public void Word_list_is_the_published_one()
    {
        using Stream list = Bip39WordList.Open();
        Assert.Equal("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda", Convert.ToHexStringLower(SHA256.HashData(list)));
    }

    [Fact]
    public void Every_word_is_found_at_its_place()
    {
        for (int i = 0; i < Bip39WordList.Count; i++)
        {
            Assert.Equal(i, Bip39WordList.IndexOf(Bip39WordList.At(i)));
        }
    }

    [Fact]
    public void Any_entropy_comes_back_from_its_sentence() => Prop.ForAll(
        Gen.Choose(4, 8).SelectMany(words => Gen.Choose(0, 255).ArrayOf(words * 4)).ToArbitrary(),
        numbers =>
        {
            byte[] entropy = [.. numbers.Select(number => (byte)number)];
            using Bip39Mnemonic mnemonic = Bip39Mnemonic.FromEntropy(entropy);
            using Bip39Mnemonic parsed = Bip39Mnemonic.Parse(Sentence(mnemonic));
            return Sentence(parsed) == Sentence(mnemonic) && mnemonic.WordCount == entropy.Length / 4 * 3;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(12)]
    [InlineData(15)]
    [InlineData(18)]
    [InlineData(21)]
    [InlineData(24)]
    public void Generated_mnemonics_have_the_words_asked_for_and_differ(int words)
    {
        using Bip39Mnemonic one = Bip39Mnemonic.Generate(words);
        using Bip39Mnemonic other = Bip39Mnemonic.Generate(words);
        Assert.Equal(words, Sentence(one).Split(' ').Length);
        Assert.NotEqual(Sentence(one), Sentence(other));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(27)]
    [InlineData(-3)]
    public void Other_numbers_of_words_are_not_generated(int words) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Bip39Mnemonic.Generate(words));

    [Fact]
    public void White_space_around_the_words_does_not_change_the_seed()
    {
        using Bip39Mnemonic mnemonic = Bip39Mnemonic.Parse("  test\ttest  test test test test\ntest test test test test junk\r\n");
        using Bip39Mnemonic plain = Bip39Mnemonic.Parse(Valid);
        Assert.Equal(Seed(plain, ""), Seed(mnemonic, ""));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("test", 0)]
    [InlineData("test test test test test test test test test test test test", 0)]
    [InlineData("test test test test test test test test test test junk", 0)]
    [InlineData("junk test test test test test test test test test test test", 0)]
    [InlineData("test test tesst test test test test test test test test junk", 3)]
    [InlineData("TEST test test test test test test test test test test junk", 1)]
    [InlineData("test test test test test test test test test test test junk\u0301", 12)]
    [InlineData("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote zoo", 25)]
    public void Wrong_sentences_are_refused_by_the_word_and_without_it(string sentence, int position)
    {
        Bip39Exception error = Assert.Throws<Bip39Exception>(() => Bip39Mnemonic.Parse(sentence));
        Assert.Equal(position, error.Position);
        Assert.DoesNotContain("tesst", error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    // Without normalisation this passphrase would silently open another wallet than every other program opens.
    [Fact]
    public void Passphrase_outside_ASCII_is_refused_where_it_cannot_be_normalised()
    {
        using Bip39Mnemonic mnemonic = Bip39Mnemonic.Parse(Valid);
        Assert.Equal("\u00E9", "\u00E9".Normalize(System.Text.NormalizationForm.FormKD));
        Bip39Exception error = Assert.Throws<Bip39Exception>(() => Seed(mnemonic, "p\u00E4ss\u3333"));
        Assert.Equal(1, error.Position);
    }

    [Fact]
    public void Unpaired_surrogate_in_a_passphrase_is_refused()
    {
        using Bip39Mnemonic mnemonic = Bip39Mnemonic.Parse(Valid);
        Bip39Exception error = Assert.Throws<Bip39Exception>(() => Seed(mnemonic, "ab\uD800c"));
        Assert.Equal(2, error.Position);
    }

    [Fact]
    public void Disposed_mnemonic_gives_nothing()
    {
        Bip39Mnemonic mnemonic = Bip39Mnemonic.Parse(Valid);
        mnemonic.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Sentence(mnemonic));
        Assert.Throws<ObjectDisposedException>(() => Seed(mnemonic, ""));
    }

    [Fact]
    public void Text_of_a_mnemonic_does_not_show_it()
    {
        using Bip39Mnemonic mnemonic = Bip39Mnemonic.Parse(Valid);
        Assert.Equal("mnemonic of 12 words", mnemonic.ToString());
    }

    private static string Sentence(Bip39Mnemonic mnemonic)
    {
        char[] sentence = new char[Bip39Mnemonic.SentenceMax];
        return new string(sentence, 0, mnemonic.WriteSentence(sentence));
    }

    private static string Seed(Bip39Mnemonic mnemonic, string passphrase)
    {
        byte[] seed = new byte[Bip39Mnemonic.SeedSize];
        mnemonic.DeriveSeed(passphrase, seed);
        return Convert.ToHexStringLower(seed);
    }
}
