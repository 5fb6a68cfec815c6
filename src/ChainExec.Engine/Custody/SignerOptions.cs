namespace ChainExec.Custody;

/// <summary>Where the signer is and how long to wait for it.</summary>
internal sealed record SignerOptions
{
    /// <summary>Configuration section that binds to these options.</summary>
    internal const string Section = "Signer";

    /// <summary>Path of the signer's Unix socket.</summary>
    public required string SocketPath { get; init; }

    /// <summary>
    /// Path of the file that holds the bearer token. A reference, never the token itself; read at each request so that it can be rotated.
    /// </summary>
    public required string TokenFile { get; init; }

    /// <summary>Longest wait for one answer, default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
