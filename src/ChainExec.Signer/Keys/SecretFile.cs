using System.Security.Cryptography;

namespace ChainExec.Signer.Keys;

/// <summary>Reads one-line secrets from files. Their content never appears in a message.</summary>
internal static class SecretFile
{
    private const int BytesMax = 4096;
    private const UnixFileMode GroupOrOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>
    /// Reads the file without the line end that editors add. The caller zeroes the array. Throws <see cref="SignerStartException"/> when it
    /// cannot be read or holds fewer than <paramref name="bytesMin"/> bytes.
    /// </summary>
    internal static byte[] Read(string path, string what, int bytesMin)
    {
        byte[] content = ReadBounded(path, what);
        int length = content.Length;
        while (length > 0 && content[length - 1] is (byte)'\n' or (byte)'\r')
            length--;

        byte[] secret = content[..length];
        CryptographicOperations.ZeroMemory(content);
        return secret.Length >= bytesMin
            ? secret
            : throw new SignerStartException($"The {what} file {path} holds fewer than {bytesMin} bytes.");
    }

    /// <summary>True when others than the owner may read or write the file.</summary>
    internal static bool IsOpenToOthers(string path) => (File.GetUnixFileMode(path) & GroupOrOthers) != 0;

    private static byte[] ReadBounded(string path, string what)
    {
        try
        {
            return new FileInfo(path).Length <= BytesMax
                ? File.ReadAllBytes(path)
                : throw new SignerStartException($"The {what} file {path} is longer than {BytesMax} bytes.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SignerStartException($"The {what} file {path} cannot be read.", exception);
        }
    }
}
