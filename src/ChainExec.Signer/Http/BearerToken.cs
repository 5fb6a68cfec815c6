using System.Security.Cryptography;
using System.Text;

namespace ChainExec.Signer.Http;

/// <summary>
/// The token that callers must show. Kept as a hash, compared in constant time, so neither a dump nor timing gives it away.
/// </summary>
internal sealed class BearerToken
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash;

    internal BearerToken(ReadOnlySpan<byte> token) => _hash = SHA256.HashData(token);

    /// <summary>True when an Authorization header shows the token.</summary>
    internal bool Matches(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.Ordinal))
            return false;

        byte[] shown = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..]));
        return CryptographicOperations.FixedTimeEquals(shown, _hash);
    }
}
