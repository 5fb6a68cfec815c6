using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Signer.Keys;

/// <summary>The decrypted keys, by account. Zeroed when disposed.</summary>
internal sealed class KeyRing : IDisposable
{
    private const int FilesMax = 1024;
    private const int FileBytesMax = 64 * 1024;

    private readonly Dictionary<Address, PrivateKey> _keys = [];

    private KeyRing()
    {
    }

    /// <summary>The accounts, in order.</summary>
    internal IReadOnlyList<Address> Accounts => [.. _keys.Keys.Order()];

    /// <summary>
    /// Decrypts every <c>*.json</c> of a folder. Throws <see cref="SignerStartException"/> when one cannot be: a half loaded ring is a
    /// trap.
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

    /// <summary>The key of an account, or null.</summary>
    internal PrivateKey? Find(Address account) => _keys.GetValueOrDefault(account);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PrivateKey key in _keys.Values)
            key.Dispose();
        _keys.Clear();
    }

    private void Add(string file, ReadOnlySpan<byte> password)
    {
        if (new FileInfo(file).Length > FileBytesMax)
            throw new SignerStartException($"The keystore file {file} is too long.");

        PrivateKey key;
        try
        {
            key = Keystore.Decrypt(File.ReadAllText(file), password);
        }
        catch (KeystoreException exception)
        {
            throw new SignerStartException($"The keystore file {file} cannot be decrypted: {exception.Message}", exception);
        }

        if (_keys.TryAdd(key.Address, key))
            return;

        string message = $"The keystore holds the account {key.Address} twice.";
        key.Dispose();
        throw new SignerStartException(message);
    }
}
