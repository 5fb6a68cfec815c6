using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>The owner's app: makes the one-time passwords of RFC 6238 from the key URI that it scanned.</summary>
internal sealed class Authenticator
{
    private const int StepSeconds = 30;

    private readonly byte[] _secret;
    private long _last;

    private Authenticator(byte[] secret) => _secret = secret;

    public static Authenticator FromUri(string uri)
    {
        string query = uri[(uri.IndexOf("secret=", StringComparison.Ordinal) + "secret=".Length)..];
        return new Authenticator(FromBase32(query[..query.IndexOf('&', StringComparison.Ordinal)]));
    }

    /// <summary>
    /// A password that was not given before and is good for another quarter of a minute: of the step before, this one or the one after.
    /// Waits where those are used up.
    /// </summary>
    public string Next()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _last = Math.Max(_last + 1, (now - TimeSpan.FromSeconds(StepSeconds / 2)).ToUnixTimeSeconds() / StepSeconds);
        SpinWait.SpinUntil(() => _last <= (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / StepSeconds) + 1);
        return At(_last);
    }

    private string At(long step)
    {
        byte[] counter = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // What RFC 6238 says.
        byte[] mac = HMACSHA1.HashData(_secret, counter);
#pragma warning restore CA5350
        int offset = mac[^1] & 15;
        int value = BinaryPrimitives.ReadInt32BigEndian(mac.AsSpan(offset)) & int.MaxValue;
        return (value % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    private static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.Select(
            c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(index => Convert.ToByte(bits.Substring(index * 8, 8), 2))];
    }
}
