using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChainExec.Flows;

/// <summary>The headers of a webhook that its signature is about.</summary>
internal sealed record WebhookHeaders(string Id, string Timestamp, string Signature);

/// <summary>Signatures of Standard Webhooks: HMAC-SHA256 over id, timestamp and the raw bytes of the body.</summary>
internal static class WebhookSignature
{
    private const string Scheme = "v1,";
    private const string SecretPrefix = "whsec_";
    private const int SignaturesMax = 10;

    /// <summary>How far the sender's clock may be from ours.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Null when one of the secrets made one of the signatures; else why it is not accepted, in one word.</summary>
    public static string? Refusal(WebhookHeaders headers, ReadOnlySpan<byte> body, IEnumerable<byte[]> secrets, DateTimeOffset now)
    {
        if (headers.Id.Length is 0 or > 150 || headers.Id.Contains('.', StringComparison.Ordinal))
            return "no_id";
        if (!long.TryParse(headers.Timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return "no_timestamp";
        if ((now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance)
            return "too_old_or_too_new";
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{headers.Id}.{headers.Timestamp}."), .. body];
        string[] signatures = headers.Signature.Split(' ', SignaturesMax + 1, StringSplitOptions.RemoveEmptyEntries);
        foreach (byte[] secret in secrets)
        {
            byte[] expected = HMACSHA256.HashData(secret, signed);
            foreach (string signature in signatures.Take(SignaturesMax))
            {
                if (Matches(signature, expected))
                    return null;
            }
        }

        return "no_valid_signature";
    }

    /// <summary>Makes the header's value.</summary>
    public static string Sign(string id, string timestamp, ReadOnlySpan<byte> body, byte[] secret)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return Scheme + Convert.ToBase64String(HMACSHA256.HashData(secret, signed));
    }

    /// <exception cref="FormatException">It is no secret of 24 to 64 bytes.</exception>
    public static byte[] ReadSecret(string text)
    {
        string trimmed = text.Trim();
        if (!trimmed.StartsWith(SecretPrefix, StringComparison.Ordinal))
            throw new FormatException($"A secret begins with {SecretPrefix}.");
        byte[] secret = Convert.FromBase64String(trimmed[SecretPrefix.Length..]);
        return secret.Length is >= 24 and <= 64 ? secret : throw new FormatException("A secret has 24 to 64 bytes.");
    }

    private static bool Matches(string signature, byte[] expected)
    {
        if (!signature.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes + 2];
        return Convert.TryFromBase64String(signature[Scheme.Length..], given, out int written)
            && CryptographicOperations.FixedTimeEquals(given[..written], expected);
    }
}
