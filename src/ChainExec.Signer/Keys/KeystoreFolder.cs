using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Signer.Keys;

/// <summary>Writes keystore files (Web3 Secret Storage v3).</summary>
internal static class KeystoreFolder
{
    /// <summary>What the file of an account's authenticator ends with; before it stand the hex digits of the account.</summary>
    internal const string OtpSuffix = ".otp";

    /// <summary>
    /// Encrypts a key into a new file that only its owner may read and returns the path. Never overwrites: a key that is lost is money that
    /// is lost. Throws <see cref="SignerStartException"/>.
    /// </summary>
    internal static string Add(string folder, string? name, PrivateKey key, ReadOnlySpan<byte> password, KeystoreCost cost)
    {
        string fileName = name ?? key.Address.ToHex()[2..];
        if (fileName.Length > 64 || !fileName.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new SignerStartException("A key's name is 1 to 64 letters, digits, - and _.");

        return AddNew(folder, fileName + ".json", key, password, cost);
    }

    /// <summary>
    /// Encrypts the secret of an account's authenticator into a new file beside its key. It is 32 bytes like a key, and is kept like one.
    /// </summary>
    internal static string AddOtp(string folder, Address account, PrivateKey secret, ReadOnlySpan<byte> password, KeystoreCost cost) =>
        AddNew(folder, account.ToHex()[2..] + OtpSuffix, secret, password, cost);

    private static string AddNew(string folder, string fileName, PrivateKey key, ReadOnlySpan<byte> password, KeystoreCost cost)
    {
        string path = Path.Combine(folder, fileName);
        try
        {
            // Asked first only to spare the costly encryption; the link below is what never overwrites.
            if (File.Exists(path))
                throw new SignerStartException($"The keystore file {path} exists already.");
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            PosixFile.WriteNew(path, Keystore.Encrypt(key, password, cost));
            PosixFile.SyncDirectory(folder);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SignerStartException($"The keystore file {path} cannot be written.", exception);
        }
    }
}
