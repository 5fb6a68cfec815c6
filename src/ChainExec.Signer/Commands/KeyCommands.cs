using System.Security.Cryptography;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Signer.Keys;

namespace ChainExec.Signer.Commands;

/// <summary>Makes and imports keys, of which only the address is ever printed, and authenticators.</summary>
internal static class KeyCommands
{
    private const int HexDigits = 2 * PrivateKey.Size;

    /// <summary>Makes a new key.</summary>
    internal static void Generate(CommandArguments arguments, TextWriter output)
    {
        using PrivateKey key = PrivateKey.Generate();
        Store(arguments, key, output);
    }

    /// <summary>Reads one private key as hex (with or without 0x) from the input.</summary>
    internal static void Import(CommandArguments arguments, TextReader input, TextWriter output)
    {
        char[] text = new char[HexDigits + 4];
        byte[] bytes = new byte[PrivateKey.Size];
        try
        {
            int length = input.ReadBlock(text);
            ReadOnlySpan<char> digits = text.AsSpan(0, length).Trim();
            if (digits.StartsWith("0x", StringComparison.Ordinal))
                digits = digits[2..];

            if (digits.Length != HexDigits
                || Convert.FromHexString(digits, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
                throw new SignerStartException($"The input must be one private key of {HexDigits} hex digits.");

            using PrivateKey key = FromBytes(bytes);
            Store(arguments, key, output);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            Array.Clear(text);
        }
    }

    /// <summary>
    /// Gives an account an authenticator: from the next start on its owner approves each effect with a one-time password. The secret is
    /// printed once, as the key URI that an app scans, and never again.
    /// </summary>
    internal static void Enrol(CommandArguments arguments, TextWriter output)
    {
        if (!Address.TryParse(arguments.Required("--account"), out Address account, out string? error))
            throw new SignerStartException($"The option --account is no address: {error}");
        KeystoreCost cost = Cost(arguments.Optional("--cost"));
        PosixFile.CreateOnlyForOwner();
        byte[] password = SecretFile.Read(arguments.Required("--password-file"), "password", bytesMin: 1);
        byte[] bytes = new byte[OtpSecret.Size];
        try
        {
            string keystore = arguments.Required("--keystore");
            using (KeyRing keys = KeyRing.Load(keystore, password))
            {
                if (keys.Find(account) is null)
                    throw new SignerStartException($"The keystore holds no key of {account}.");
            }

            using PrivateKey made = PrivateKey.Generate();
            made.CopyTo(bytes);
            KeystoreFolder.AddOtp(keystore, account, made, password, cost);
            using OtpSecret secret = OtpSecret.FromBytes(bytes);
            output.WriteLine(secret.ToUri(account.ToString()));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static PrivateKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return PrivateKey.FromBytes(bytes);
        }
        catch (ArgumentException exception)
        {
            throw new SignerStartException("The input is not a private key of secp256k1.", exception);
        }
    }

    private static void Store(CommandArguments arguments, PrivateKey key, TextWriter output)
    {
        KeystoreCost cost = Cost(arguments.Optional("--cost"));
        PosixFile.CreateOnlyForOwner();
        byte[] password = SecretFile.Read(arguments.Required("--password-file"), "password", bytesMin: 1);
        try
        {
            KeystoreFolder.Add(arguments.Required("--keystore"), arguments.Optional("--name"), key, password, cost);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }

        output.WriteLine(key.Address.ToString());
    }

    private static KeystoreCost Cost(string? name) => name switch
    {
        null or "standard" => KeystoreCost.Standard,
        "light" => KeystoreCost.Light,
        _ => throw new SignerStartException("The option --cost is standard or light."),
    };
}
