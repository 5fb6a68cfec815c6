using System.Security.Cryptography;
using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Cli.Offline;

/// <summary><c>wallet derive</c>.</summary>
internal static class WalletTools
{
    private static readonly ParsedTexts<Bip32Path> Paths = new(Bip32Path.Parse);

    /// <summary><c>{"mnemonic","path","passphrase"?}</c> to <c>{"address"}</c>.</summary>
    public static void Derive(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "mnemonic", "path", "passphrase");
        Bip32Path path = fields.Required("path", ReadPath);
        using Bip39Mnemonic mnemonic = fields.Required("mnemonic", ReadMnemonic);
        byte[] seed = GC.AllocateArray<byte>(Bip39Mnemonic.SeedSize, pinned: true);
        try
        {
            if (fields.Find("passphrase") is null)
                mnemonic.DeriveSeed("", seed);
            else
                fields.Required("passphrase", text => DeriveSeed(mnemonic, text, seed));
            answer.WriteString("address", AddressAt(seed, path).ToString());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static Address AddressAt(byte[] seed, Bip32Path path)
    {
        try
        {
            using Bip32Key master = Bip32Key.FromSeed(seed);
            using Bip32Key derived = master.Derive(path);
            using PrivateKey key = derived.ToPrivateKey();
            return key.Address;
        }
        catch (Bip32Exception exception)
        {
            throw OfflineException.Value(exception.Message).In("path");
        }
    }

    private static Bip32Path ReadPath(JsonElement element)
    {
        try
        {
            return Paths.Get(JsonValue.Text(element));
        }
        catch (Bip32Exception exception)
        {
            throw OfflineException.Value(exception.Message);
        }
    }

    private static Bip39Mnemonic ReadMnemonic(JsonElement element) => Secret.Text(element, (text, length) =>
    {
        try
        {
            return Bip39Mnemonic.Parse(text.AsSpan(0, length));
        }
        catch (Bip39Exception exception)
        {
            throw OfflineException.Value(exception.Message);
        }
    });

    private static bool DeriveSeed(Bip39Mnemonic mnemonic, JsonElement passphrase, byte[] seed) => Secret.Text(passphrase, (text, length) =>
    {
        try
        {
            mnemonic.DeriveSeed(text.AsSpan(0, length), seed);
            return true;
        }
        catch (Bip39Exception exception)
        {
            throw OfflineException.Value(exception.Message);
        }
    });
}
