using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.Crypto;

/// <summary>Web3 Secret Storage, version 3: a private key encrypted under a password, in the JSON that Ethereum wallets exchange.</summary>
public static class Keystore
{
    private const int DerivedSize = 32;
    private const int CipherKeySize = 16;
    private const int VectorSize = 16;
    private const int SaltSize = 32;

    /// <summary>Encrypts the key with scrypt and AES-128-CTR under new random salt and vector, and answers the JSON.</summary>
    /// <exception cref="KeystoreException">The cost is outside the bounds.</exception>
    public static string Encrypt(PrivateKey key, ReadOnlySpan<byte> password, KeystoreCost cost)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(cost);
        if (Scrypt.Check(cost.N, cost.R, cost.P) is { } refusal)
        {
            throw new KeystoreException(refusal);
        }

        byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
        byte[] vector = RandomNumberGenerator.GetBytes(VectorSize);
        Span<byte> derived = stackalloc byte[DerivedSize];
        Span<byte> secret = stackalloc byte[PrivateKey.Size];
        try
        {
            Scrypt.Derive(password, salt, cost, derived);
            key.CopyTo(secret);
            ApplyCtr(derived[..CipherKeySize], vector, secret);
            return Write(key.Address, secret, vector, salt, cost, Mac(derived, secret));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Opens a keystore made with scrypt or PBKDF2-HMAC-SHA256 and AES-128-CTR.</summary>
    /// <exception cref="KeystoreException">The password is wrong, or the file is malformed, of another kind or beyond the
    /// bounds.</exception>
    public static PrivateKey Decrypt(string json, ReadOnlySpan<byte> password)
    {
        ArgumentNullException.ThrowIfNull(json);
        KeystoreDocument document = KeystoreDocument.Parse(json);
        Span<byte> derived = stackalloc byte[DerivedSize];
        Span<byte> secret = stackalloc byte[PrivateKey.Size];
        try
        {
            if (document.Scrypt is { } cost)
            {
                Scrypt.Derive(password, document.Salt, cost, derived);
            }
            else
            {
                Rfc2898DeriveBytes.Pbkdf2(password, document.Salt, derived, document.Pbkdf2Iterations, HashAlgorithmName.SHA256);
            }

            document.CipherText.CopyTo(secret);
            if (!CryptographicOperations.FixedTimeEquals(Mac(derived, secret), document.Mac))
            {
                throw new KeystoreException("The password is wrong or the keystore was altered.");
            }

            ApplyCtr(derived[..CipherKeySize], document.Vector, secret);
            return OpenKey(secret, document.Address);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static PrivateKey OpenKey(ReadOnlySpan<byte> secret, Address? expected)
    {
        PrivateKey key;
        try
        {
            key = PrivateKey.FromBytes(secret);
        }
        catch (ArgumentException error)
        {
            throw new KeystoreException("The keystore does not hold a valid private key.", error);
        }

        if (expected is null || expected == key.Address)
        {
            return key;
        }

        key.Dispose();
        throw new KeystoreException("The keystore's address is not that of the key in it.");
    }

    private static byte[] Mac(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> cipherText)
    {
        Span<byte> input = stackalloc byte[DerivedSize - CipherKeySize + PrivateKey.Size];
        derived[CipherKeySize..].CopyTo(input);
        cipherText.CopyTo(input[(DerivedSize - CipherKeySize)..]);
        byte[] mac = new byte[Hash32.Size];
        Keccak256.Hash(input, mac);
        CryptographicOperations.ZeroMemory(input);
        return mac;
    }

    // AES in counter mode, which the framework does not offer: the counter blocks are encrypted and combined with the text.
    private static void ApplyCtr(ReadOnlySpan<byte> cipherKey, ReadOnlySpan<byte> vector, Span<byte> text)
    {
        using Aes aes = Aes.Create();
        aes.SetKey(cipherKey);
        UInt128 counter = BinaryPrimitives.ReadUInt128BigEndian(vector);
        Span<byte> block = stackalloc byte[VectorSize];
        for (int start = 0; start < text.Length; start += VectorSize)
        {
            BinaryPrimitives.WriteUInt128BigEndian(block, counter++);
            aes.EncryptEcb(block, block, PaddingMode.None);
            for (int i = 0; i < VectorSize && start + i < text.Length; i++)
            {
                text[start + i] ^= block[i];
            }
        }

        CryptographicOperations.ZeroMemory(block);
    }

    private static string Write(
        Address address,
        ReadOnlySpan<byte> cipherText,
        ReadOnlySpan<byte> vector,
        ReadOnlySpan<byte> salt,
        KeystoreCost cost,
        ReadOnlySpan<byte> mac)
    {
        // A random (version 4) identifier, as the format asks for; made here because nothing about it depends on time.
        Span<byte> id = stackalloc byte[16];
        RandomNumberGenerator.Fill(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x40);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);

        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", KeystoreDocument.Version);
            writer.WriteString("id", new Guid(id, bigEndian: true));
            writer.WriteString("address", address.ToHex().AsSpan(2));
            writer.WriteStartObject("crypto");
            writer.WriteString("cipher", KeystoreDocument.CipherName);
            writer.WriteString("ciphertext", Convert.ToHexStringLower(cipherText));
            writer.WriteStartObject("cipherparams");
            writer.WriteString("iv", Convert.ToHexStringLower(vector));
            writer.WriteEndObject();
            writer.WriteString("kdf", "scrypt");
            writer.WriteStartObject("kdfparams");
            writer.WriteNumber("dklen", DerivedSize);
            writer.WriteNumber("n", cost.N);
            writer.WriteNumber("r", cost.R);
            writer.WriteNumber("p", cost.P);
            writer.WriteString("salt", Convert.ToHexStringLower(salt));
            writer.WriteEndObject();
            writer.WriteString("mac", Convert.ToHexStringLower(mac));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
