using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChainExec.Signer.Keys;

/// <summary>
/// The shared secret of one account's authenticator: time-based one-time passwords of six digits, 30 seconds, HMAC-SHA-1 (RFC 6238), which
/// is what every authenticator app makes. Zeroed when disposed.
/// </summary>
internal sealed class OtpSecret : IDisposable
{
    /// <summary>Bytes of a secret that is made here.</summary>
    internal const int Size = 32;

    // RFC 4226, 4: at least 128 bits.
    private const int SizeMin = 16;

    /// <summary>Digits of a password.</summary>
    internal const int Digits = 6;

    private const int StepSeconds = 30;
    private const int Modulus = 1_000_000;

    // Clocks differ, and people type: the step before and the one after count as well.
    private const int StepsAround = 1;

    private readonly byte[] _secret;

    private OtpSecret(byte[] secret) => _secret = secret;

    /// <summary>Takes a copy of the secret's bytes.</summary>
    internal static OtpSecret FromBytes(ReadOnlySpan<byte> secret) => secret.Length >= SizeMin
        ? new OtpSecret(secret.ToArray())
        : throw new ArgumentException($"A secret has at least {SizeMin} bytes.", nameof(secret));

    /// <summary>The password of a moment.</summary>
    internal string At(DateTimeOffset moment) => Code(StepAt(moment));

    /// <summary>The step whose password this is, above the last that counted; null when it is none.</summary>
    internal long? StepOf(string otp, DateTimeOffset now, long lastStep)
    {
        byte[] given = Encoding.UTF8.GetBytes(otp);
        long? found = null;
        for (long step = StepAt(now) - StepsAround; step <= StepAt(now) + StepsAround; step++)
        {
            // All steps are compared whatever the first says, each in constant time.
            bool equal = CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(Code(step)));
            if (equal && step > lastStep)
                found ??= step;
        }

        return found;
    }

    /// <summary>The secret as an authenticator app reads it (key URI, base32). Shown once, at enrolment.</summary>
    internal string ToUri(string account) =>
        $"otpauth://totp/ChainExec:{account}?secret={Base32(_secret)}&issuer=ChainExec&algorithm=SHA1&digits={Digits}&period={StepSeconds}";

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);

    private static long StepAt(DateTimeOffset moment) => moment.ToUnixTimeSeconds() / StepSeconds;

    // RFC 4226, 5.3: the last four bits name where the 31 bits are taken from.
#pragma warning disable CA5350 // HMAC-SHA-1 is what RFC 6238 and the apps use; its security does not rest on collision resistance.
    private string Code(long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(_secret, counter, mac);
        uint value = BinaryPrimitives.ReadUInt32BigEndian(mac[(mac[^1] & 0x0f)..]) & 0x7fff_ffff;
        return (value % Modulus).ToString("D6", CultureInfo.InvariantCulture);
    }
#pragma warning restore CA5350

    private static string Base32(ReadOnlySpan<byte> bytes)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var text = new StringBuilder();
        int buffer = 0, bits = 0;
        foreach (byte value in bytes)
        {
            buffer = (buffer << 8 | value) & 0xffff;
            for (bits += 8; bits >= 5; bits -= 5)
                text.Append(alphabet[buffer >> (bits - 5) & 31]);
        }

        if (bits > 0)
            text.Append(alphabet[buffer << (5 - bits) & 31]);
        return text.ToString();
    }
}
