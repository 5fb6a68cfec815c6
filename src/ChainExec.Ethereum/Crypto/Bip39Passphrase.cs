using System.Buffers;
using System.Text;

namespace ChainExec.Ethereum.Crypto;

/// <summary>The salt of BIP-39: "mnemonic" and the passphrase in Unicode's NFKD form, as UTF-8.</summary>
internal static class Bip39Passphrase
{
    private const string Prefix = "mnemonic";

    // Without globalization data .NET answers every text unchanged and calls it normalised, so only a text that must change tells.
    private static readonly bool CanNormalise = "\u00E9".AsSpan().GetNormalizedLength(NormalizationForm.FormKD) == 2;

    /// <summary>The salt in a pinned array that the caller zeroes.</summary>
    internal static byte[] SaltOf(ReadOnlySpan<char> passphrase)
    {
        int foreign = passphrase.IndexOfAnyExceptInRange('\0', '\x7F');
        if (foreign < 0)
        {
            return Utf8Of(passphrase);
        }

        RefuseUnpairedSurrogates(passphrase);
        return CanNormalise
            ? NormalisedUtf8Of(passphrase)
            : throw new Bip39Exception(
                "A passphrase outside ASCII needs Unicode normalisation, which the invariant globalization mode of this process has not",
                foreign);
    }

    private static byte[] NormalisedUtf8Of(ReadOnlySpan<char> passphrase)
    {
        char[] normalised = GC.AllocateArray<char>(passphrase.GetNormalizedLength(NormalizationForm.FormKD), pinned: true);
        bool fits = passphrase.TryNormalize(normalised, out int length, NormalizationForm.FormKD);
        byte[] salt = fits
            ? Utf8Of(normalised.AsSpan(0, length))
            : throw new InvalidOperationException("The length of a normalised text was foretold wrongly.");
        normalised.AsSpan().Clear();
        return salt;
    }

    private static byte[] Utf8Of(ReadOnlySpan<char> text)
    {
        byte[] salt = GC.AllocateArray<byte>(Prefix.Length + Encoding.UTF8.GetByteCount(text), pinned: true);
        Encoding.UTF8.GetBytes(Prefix, salt);
        Encoding.UTF8.GetBytes(text, salt.AsSpan(Prefix.Length));
        return salt;
    }

    private static void RefuseUnpairedSurrogates(ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out int consumed) != OperationStatus.Done)
            {
                throw new Bip39Exception("The passphrase has an unpaired surrogate, which is no character", at);
            }

            at += consumed;
        }
    }
}
