using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.Crypto;

/// <summary>The checked content of a Web3 Secret Storage file. Exactly one of scrypt's cost and PBKDF2's iterations is set.</summary>
internal sealed record KeystoreDocument(
    byte[] CipherText, byte[] Vector, byte[] Mac, byte[] Salt, KeystoreCost? Scrypt, int Pbkdf2Iterations, Address? Address)
{
    internal const int Version = 3;
    internal const string CipherName = "aes-128-ctr";
    private const int JsonMax = 64 * 1024;
    private const int SaltMax = 1024;
    private const int IterationsMax = 10_000_000;
    private const int DerivedSize = 32;

    internal static KeystoreDocument Parse(string json)
    {
        if (json.Length > JsonMax)
        {
            throw new KeystoreException($"A keystore has at most {JsonMax} characters.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            // The parser's message can quote the file, so only the place is passed on.
            throw new KeystoreException($"The keystore is no JSON (line {error.LineNumber}, byte {error.BytePositionInLine}).");
        }
        catch (ArgumentException error) when (error.InnerException is EncoderFallbackException)
        {
            throw new KeystoreException("The keystore has an unpaired surrogate.");
        }
        catch (InvalidOperationException)
        {
            throw new KeystoreException("A text in the keystore has an escape that stands for no character.");
        }
    }

    private static KeystoreDocument Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || Number(root, "version") != Version)
        {
            throw new KeystoreException("Only version 3 of Web3 Secret Storage is supported.");
        }

        // Early writers spelled it with a capital.
        JsonElement crypto = root.TryGetProperty("crypto", out _) ? Property(root, "crypto") : Property(root, "Crypto");
        if (Text(crypto, "cipher") != CipherName)
        {
            throw new KeystoreException($"The only cipher supported is {CipherName}.");
        }

        JsonElement parameters = Property(crypto, "kdfparams");
        if (Number(parameters, "dklen") != DerivedSize)
        {
            throw new KeystoreException($"The only derived key length supported is {DerivedSize}.");
        }

        string kdf = Text(crypto, "kdf");
        if (kdf is not ("scrypt" or "pbkdf2"))
        {
            throw new KeystoreException("The key derivation is neither scrypt nor pbkdf2.");
        }

        return new KeystoreDocument(
            Bytes(crypto, "ciphertext", PrivateKey.Size, PrivateKey.Size),
            Bytes(Property(crypto, "cipherparams"), "iv", 16, 16),
            Bytes(crypto, "mac", Hash32.Size, Hash32.Size),
            Bytes(parameters, "salt", 0, SaltMax),
            kdf == "scrypt" ? ReadScrypt(parameters) : null,
            kdf == "pbkdf2" ? ReadPbkdf2(parameters) : 0,
            ReadAddress(root));
    }

    private static KeystoreCost ReadScrypt(JsonElement parameters)
    {
        long n = Number(parameters, "n");
        long r = Number(parameters, "r");
        long p = Number(parameters, "p");
        return Crypto.Scrypt.Check(n, r, p) is { } refusal
            ? throw new KeystoreException(refusal)
            : new KeystoreCost((int)n, (int)r, (int)p);
    }

    private static int ReadPbkdf2(JsonElement parameters)
    {
        if (Text(parameters, "prf") != "hmac-sha256")
        {
            throw new KeystoreException("The only pbkdf2 function supported is hmac-sha256.");
        }

        long iterations = Number(parameters, "c");
        return iterations is >= 1 and <= IterationsMax
            ? (int)iterations
            : throw new KeystoreException($"pbkdf2's iterations must be 1 to {IterationsMax}.");
    }

    private static Address? ReadAddress(JsonElement root)
    {
        if (!root.TryGetProperty("address", out JsonElement property) || property.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        byte[] bytes = Bytes(root, "address", 0, Ethereum.Address.Size);
        return bytes.Length switch
        {
            0 => null,
            Ethereum.Address.Size => Ethereum.Address.FromBytes(bytes),
            _ => throw new KeystoreException("'address' is no address."),
        };
    }

    private static JsonElement Property(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? value
            : throw new KeystoreException($"'{name}' is missing.");

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new KeystoreException($"'{name}' is missing or no text.");

    private static long Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : throw new KeystoreException($"'{name}' is missing or no whole number.");

    private static byte[] Bytes(JsonElement parent, string name, int sizeMin, int sizeMax)
    {
        string text = Text(parent, name);
        bool read = Hex.TryDecode(text.StartsWith("0x", StringComparison.Ordinal) ? text : "0x" + text, out byte[] bytes);
        return read && bytes.Length >= sizeMin && bytes.Length <= sizeMax
            ? bytes
            : throw new KeystoreException($"'{name}' is not hexadecimal or not of the right length.");
    }
}
