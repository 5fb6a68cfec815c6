using System.Globalization;

namespace ChainExec.Execution;

/// <summary>How leases name this process.</summary>
internal static class WorkerIdentity
{
    public static string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}");
}
