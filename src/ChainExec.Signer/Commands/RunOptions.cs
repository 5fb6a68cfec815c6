namespace ChainExec.Signer.Commands;

/// <summary>What a running signer needs. Secrets are paths, never values.</summary>
/// <param name="Socket">Path of the Unix socket to listen on; at most 107 bytes, which is what Linux allows.</param>
/// <param name="TokenFile">File with the bearer token, at least 32 bytes.</param>
/// <param name="Keystore">Folder of Web3 Secret Storage v3 files (<c>*.json</c>), all with one password.</param>
/// <param name="PasswordFile">File with that password.</param>
/// <param name="Policy">Policy file.</param>
/// <param name="Journal">Journal file; made when it does not exist.</param>
internal sealed record RunOptions(string Socket, string TokenFile, string Keystore, string PasswordFile, string Policy, string Journal)
{
    private const int SocketPathBytesMax = 107;

    /// <summary>Reads and checks the options. Throws <see cref="SignerStartException"/>.</summary>
    internal static RunOptions From(CommandArguments arguments)
    {
        var options = new RunOptions(
            Path.GetFullPath(arguments.Required("--socket")),
            arguments.Required("--token-file"),
            arguments.Required("--keystore"),
            arguments.Required("--password-file"),
            arguments.Required("--policy"),
            arguments.Required("--journal"));
        return System.Text.Encoding.UTF8.GetByteCount(options.Socket) <= SocketPathBytesMax
            ? options
            : throw new SignerStartException(
                $"The socket path {options.Socket} is longer than {SocketPathBytesMax} bytes; choose a shorter one.");
    }
}
