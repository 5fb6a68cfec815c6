using System.Diagnostics;

namespace ChainExec.Signer;

/// <summary>
/// A place at which crash tests end this process without warning. The environment variable <c>CHAINEXEC_KILL_AT</c> names the place; unset,
/// as in production, passing it costs one comparison.
/// </summary>
internal static class KillPoint
{
    /// <summary>After the journal write is on disk, before its answer leaves.</summary>
    internal const string Journalled = "signer.journalled";

    private static readonly string? s_armed = Environment.GetEnvironmentVariable("CHAINEXEC_KILL_AT");

    /// <summary>Ends the process with SIGKILL when <paramref name="name"/> is the armed place.</summary>
    internal static void Pass(string name)
    {
        if (!string.Equals(s_armed, name, StringComparison.Ordinal))
            return;

        using Process self = Process.GetCurrentProcess();
        self.Kill();

        // The signal may take a moment to arrive; nothing after this point may run in the meantime.
        using var never = new ManualResetEventSlim();
        never.Wait();
    }
}
