namespace ChainExec.Ethereum.Crypto;

/// <summary>What one guess of the password costs: the parameters of scrypt (RFC 7914).</summary>
/// <param name="N">The CPU and memory cost, a power of two above 1.</param>
/// <param name="R">The block size factor; the memory is 128·N·R bytes.</param>
/// <param name="P">The number of independent passes.</param>
public sealed record KeystoreCost(int N, int R, int P)
{
    /// <summary>For real keys: 256 MiB and about a second a guess, as other wallets write.</summary>
    public static KeystoreCost Standard { get; } = new(1 << 18, 8, 1);

    /// <summary>For development keys: 4 MiB and about 100 ms a guess.</summary>
    public static KeystoreCost Light { get; } = new(1 << 12, 8, 6);
}
