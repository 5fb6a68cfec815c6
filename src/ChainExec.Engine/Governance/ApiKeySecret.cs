using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ChainExec.Governance;

/// <summary>A new API key. It is shown once; only its hash is stored.</summary>
internal sealed class ApiKeySecret
{
    private const string KeyPrefix = "ce_";
    private const int SecretBytes = 32;

    private ApiKeySecret(string text) => Text = text;

    /// <summary>The secret itself: hand it to its owner, never to a log.</summary>
    public string Text { get; }

    /// <summary>The beginning that may be shown to tell keys apart.</summary>
    public string Shown => Text[..(KeyPrefix.Length + 6)];

    public static ApiKeySecret Create() =>
        new(KeyPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    /// <summary>The hash by which a presented key is found.</summary>
    public static byte[] HashOf(string presented) => SHA256.HashData(Encoding.UTF8.GetBytes(presented));

    /// <summary>Keeps the secret out of every message that prints the object.</summary>
    public override string ToString() => $"{Shown}…";
}
