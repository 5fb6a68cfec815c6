namespace ChainExec.Cli;

/// <summary>A command cannot go on, for a reason that the user can read and mend.</summary>
internal sealed class CliException(string message, int exitCode = 1) : Exception(message)
{
    /// <summary>Exit code of wrong usage.</summary>
    public const int Usage = 2;

    public int ExitCode { get; } = exitCode;
}
