using System.Security.Cryptography;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Signer.Keys;

/// <summary>The decrypted keys and authenticator secrets, by account. Zeroed when disposed.</summary>
internal sealed class KeyRing : IDisposable
{
    private const int FilesMax = 1024;
    private const int FileBytesMax = 64 * 1024;

    private readonly Dictionary<Address, PrivateKey> _keys = [];
    private readonly Dictionary<Address, OtpSecret> _otps = [];

    private KeyRing()
    {
    }

    /// <summary>The accounts, in order.</summary>
    internal IReadOnlyList<Address> Accounts => [.. _keys.Keys.Order()];

    /// <summary>
    /// Decrypts every <c>*.json</c> and <c>*.otp</c> of a folder. Throws <see cref="SignerStartException"/> when one cannot be: a half
    /// loaded ring is a trap.
    /// </summary>
    internal static KeyRing Load(string folder, ReadOnlySpan<byte> password)
    {
        var ring = new KeyRing();
        try
        {
            string[] files = Directory.GetFiles(folder, "*.json");
            if (files.Length > FilesMax)
                throw new SignerStartException($"The keystore holds more than {FilesMax} files.");

            foreach (string file in files.Order(StringComparer.Ordinal))
                ring.Add(file, password);
            foreach (string file in Directory.GetFiles(folder, "*" + KeystoreFolder.OtpSuffix).Order(StringComparer.Ordinal))
                ring.AddOtp(file, password);
            return ring;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ring.Dispose();
            throw new SignerStartException($"The keystore {folder} cannot be read.", exception);
        }
        catch (SignerStartException)
        {
            ring.Dispose();
            throw;
        }
    }

    /// <summary>A ring of given keys, which it then owns.</summary>
    internal static KeyRing Of(params PrivateKey[] keys)
    {
        var ring = new KeyRing();
        foreach (PrivateKey key in keys)
            ring._keys.Add(key.Address, key);
        return ring;
    }

    /// <summary>Whether each effect of the account needs the approval of its owner: it has an authenticator.</summary>
    internal bool NeedsApproval(Address account) => _otps.ContainsKey(account);

    /// <summary>The authenticator secret of an account, or null.</summary>
    internal OtpSecret? FindOtp(Address account) => _otps.GetValueOrDefault(account);

    /// <summary>Gives an account an authenticator; the ring then owns the secret.</summary>
    internal void Enrol(Address account, OtpSecret secret) => _otps.Add(account, secret);

    /// <summary>The key of an account, or null.</summary>
    internal PrivateKey? Find(Address account) => _keys.GetValueOrDefault(account);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PrivateKey key in _keys.Values)
            key.Dispose();
        foreach (OtpSecret secret in _otps.Values)
            secret.Dispose();
        _keys.Clear();
        _otps.Clear();
    }

    private void AddOtp(string file, ReadOnlySpan<byte> password)
    {
        string name = Path.GetFileName(file)[..^KeystoreFolder.OtpSuffix.Length];
        if (!Address.TryParse("0x" + name, out Address account, out string? error) || !_keys.ContainsKey(account))
            throw new SignerStartException($"The authenticator {file} is of no account of this keystore. {error}".TrimEnd());

        Span<byte> bytes = stackalloc byte[OtpSecret.Size];
        try
        {
            using PrivateKey secret = Read(file, password);
            secret.CopyTo(bytes);
            Enrol(account, OtpSecret.FromBytes(bytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private void Add(string file, ReadOnlySpan<byte> password)
    {
        PrivateKey key = Read(file, password);
        if (_keys.TryAdd(key.Address, key))
            return;

        string message = $"The keystore holds the account {key.Address} twice.";
        key.Dispose();
        throw new SignerStartException(message);
    }

    private static PrivateKey Read(string file, ReadOnlySpan<byte> password)
    {
        if (new FileInfo(file).Length > FileBytesMax)
            throw new SignerStartException($"The keystore file {file} is too long.");

        try
        {
            return Keystore.Decrypt(File.ReadAllText(file), password);
        }
        catch (KeystoreException exception)
        {
            throw new SignerStartException($"The keystore file {file} cannot be decrypted: {exception.Message}", exception);
        }
    }
}
