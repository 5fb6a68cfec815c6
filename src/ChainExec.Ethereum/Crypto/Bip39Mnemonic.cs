using System.Security.Cryptography;
using System.Text;

namespace ChainExec.Ethereum.Crypto;

/// <summary>
/// A BIP-39 mnemonic of 12, 15, 18, 21 or 24 English words. Only its entropy is kept, in one pinned place that is zeroed on
/// <see cref="Dispose"/>; the words are written where the caller wants them and are never shown by <see cref="ToString"/>.
/// </summary>
public sealed class Bip39Mnemonic : IDisposable
{
    /// <summary>Bytes of the seed that wallets derive from a mnemonic.</summary>
    public const int SeedSize = 64;

    /// <summary>Characters of the longest sentence: 24 words of 8 letters and the spaces between them.</summary>
    public const int SentenceMax = WordsMax * (Bip39WordList.WordMax + 1) - 1;

    private const int WordsMax = 24;
    private const int BitsPerWord = 11;
    private const int EntropyMax = 32;
    private const int Iterations = 2048;

    // Entropy and checksum, and two bytes of room so that a word's bits can always be read as three bytes.
    private const int BitsSize = EntropyMax + 1 + 2;

    private readonly byte[] _entropy;
    private bool _disposed;

    private Bip39Mnemonic(ReadOnlySpan<byte> entropy)
    {
        // Pinned, so that the garbage collector leaves no copies behind when it compacts.
        _entropy = GC.AllocateArray<byte>(entropy.Length, pinned: true);
        entropy.CopyTo(_entropy);
    }

    /// <summary>Words: 12, 15, 18, 21 or 24.</summary>
    public int WordCount => WordsOf(_entropy.Length);

    /// <summary>The mnemonic of 16, 20, 24, 28 or 32 bytes; the caller zeroes its own.</summary>
    /// <exception cref="ArgumentException">There is another number of bytes.</exception>
    public static Bip39Mnemonic FromEntropy(ReadOnlySpan<byte> entropy) =>
        entropy.Length is >= 16 and <= EntropyMax && entropy.Length % 4 == 0
            ? new Bip39Mnemonic(entropy)
            : throw new ArgumentException("The entropy of a mnemonic has 16, 20, 24, 28 or 32 bytes.", nameof(entropy));

    /// <summary>A new mnemonic from the operating system's random numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of words is not 12, 15, 18, 21 or 24.</exception>
    public static Bip39Mnemonic Generate(int wordCount)
    {
        if (wordCount is < 12 or > WordsMax || wordCount % 3 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(wordCount), "A mnemonic has 12, 15, 18, 21 or 24 words.");
        }

        Span<byte> entropy = stackalloc byte[wordCount / 3 * 4];
        RandomNumberGenerator.Fill(entropy);
        var mnemonic = new Bip39Mnemonic(entropy);
        CryptographicOperations.ZeroMemory(entropy);
        return mnemonic;
    }

    /// <summary>
    /// Reads words of the English list in lower case, parted and surrounded by white space, with their checksum; the caller zeroes its
    /// own.
    /// </summary>
    /// <exception cref="Bip39Exception">A word is not in the list, their number is wrong, or the checksum is.</exception>
    public static Bip39Mnemonic Parse(ReadOnlySpan<char> sentence)
    {
        Span<byte> bits = stackalloc byte[BitsSize];
        bits.Clear();
        try
        {
            int count = ReadWords(sentence, bits);
            if (count is < 12 or > WordsMax || count % 3 != 0)
            {
                throw new Bip39Exception("A mnemonic has 12, 15, 18, 21 or 24 words", 0);
            }

            ReadOnlySpan<byte> entropy = bits[..(count / 3 * 4)];
            byte checksum = (byte)(ChecksumOf(entropy) & ChecksumMask(entropy.Length));
            return bits[entropy.Length] == checksum
                ? new Bip39Mnemonic(entropy)
                : throw new Bip39Exception("The checksum does not match: a word is another one or the order is", 0);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bits);
        }
    }

    /// <summary>Writes the words with one space between them and answers the number of characters; the caller zeroes them.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than the sentence; <see cref="SentenceMax"/> is enough.</exception>
    /// <exception cref="ObjectDisposedException">The mnemonic was disposed.</exception>
    public int WriteSentence(Span<char> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> bits = stackalloc byte[BitsSize];
        bits.Clear();
        _entropy.CopyTo(bits);
        bits[_entropy.Length] = (byte)(ChecksumOf(_entropy) & ChecksumMask(_entropy.Length));
        try
        {
            int length = 0;
            for (int i = 0; i < WordCount; i++)
            {
                string word = Bip39WordList.At(IndexAt(bits, i));
                int gap = i == 0 ? 0 : 1;
                if (length + gap + word.Length > destination.Length)
                {
                    throw new ArgumentException("The sentence does not fit.", nameof(destination));
                }

                destination.Slice(length, gap).Fill(' ');
                word.CopyTo(destination[(length + gap)..]);
                length += gap + word.Length;
            }

            return length;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bits);
        }
    }

    /// <summary>
    /// Fills the first <see cref="SeedSize"/> bytes of <paramref name="seed"/>, from which <see cref="Bip32Key.FromSeed"/> goes on. Every
    /// passphrase gives a seed; the empty one is usual. The caller zeroes both.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    /// <exception cref="Bip39Exception">The passphrase has an unpaired surrogate, or it is not ASCII and this process runs in the
    /// invariant globalization mode, where .NET cannot normalise text (NFKD) and would give the seed of another wallet.</exception>
    /// <exception cref="ObjectDisposedException">The mnemonic was disposed.</exception>
    public void DeriveSeed(ReadOnlySpan<char> passphrase, Span<byte> seed)
    {
        if (seed.Length < SeedSize)
        {
            throw new ArgumentException($"A seed needs {SeedSize} bytes.", nameof(seed));
        }

        Span<char> sentence = stackalloc char[SentenceMax];
        Span<byte> password = stackalloc byte[SentenceMax];
        byte[] salt = Bip39Passphrase.SaltOf(passphrase);
        try
        {
            int length = WriteSentence(sentence);
            Encoding.ASCII.GetBytes(sentence[..length], password);
            Rfc2898DeriveBytes.Pbkdf2(password[..length], salt, seed[..SeedSize], Iterations, HashAlgorithmName.SHA512);
        }
        finally
        {
            sentence.Clear();
            CryptographicOperations.ZeroMemory(password);
            CryptographicOperations.ZeroMemory(salt);
        }
    }

    /// <summary>Zeroes the entropy.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_entropy);
        _disposed = true;
    }

    /// <summary>The number of words, and nothing of them.</summary>
    public override string ToString() => $"mnemonic of {WordCount} words";

    private static int ReadWords(ReadOnlySpan<char> sentence, Span<byte> bits)
    {
        int count = 0;
        int at = 0;
        while (true)
        {
            while (at < sentence.Length && char.IsWhiteSpace(sentence[at]))
            {
                at++;
            }

            int start = at;
            while (at < sentence.Length && !char.IsWhiteSpace(sentence[at]))
            {
                at++;
            }

            if (start == at)
            {
                return count;
            }

            if (count == WordsMax)
            {
                throw new Bip39Exception($"A mnemonic has at most {WordsMax} words", count + 1);
            }

            int index = Bip39WordList.IndexOf(sentence[start..at]);
            if (index < 0)
            {
                throw new Bip39Exception("A word is not in the English list", count + 1);
            }

            Put(bits, count++, index);
        }
    }

    private static int WordsOf(int entropySize) => entropySize / 4 * 3;

    // A quarter of a bit for each bit of entropy in bytes: 4 bits for 16 bytes, 8 for 32.
    private static int ChecksumMask(int entropySize) => 0xFF << (8 - entropySize / 4);

    private static int ChecksumOf(ReadOnlySpan<byte> entropy)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entropy, digest);
        int first = digest[0];
        CryptographicOperations.ZeroMemory(digest);
        return first;
    }

    private static int IndexAt(ReadOnlySpan<byte> bits, int word)
    {
        int bit = word * BitsPerWord;
        int window = bits[bit / 8] << 16 | bits[bit / 8 + 1] << 8 | bits[bit / 8 + 2];
        return window >> (24 - BitsPerWord - bit % 8) & (Bip39WordList.Count - 1);
    }

    private static void Put(Span<byte> bits, int word, int index)
    {
        int bit = word * BitsPerWord;
        int window = index << (24 - BitsPerWord - bit % 8);
        bits[bit / 8] |= (byte)(window >> 16);
        bits[bit / 8 + 1] |= (byte)(window >> 8);
        bits[bit / 8 + 2] |= (byte)window;
    }
}
