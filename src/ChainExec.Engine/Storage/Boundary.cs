using System.Diagnostics;

namespace ChainExec.Storage;

/// <summary>
/// A persistence boundary: a place between two durable steps where a crash must be survivable. In production passing one costs a string
/// comparison. Crash tests name one in <c>CHAINEXEC_KILL_AT</c> and the process ends there as by <c>kill -9</c>; in-process tests observe.
/// </summary>
internal static class Boundary
{
    private static readonly string? KillAt = Environment.GetEnvironmentVariable("CHAINEXEC_KILL_AT");
    private static readonly AsyncLocal<Action<string>?> Observer = new();

    public const string AdmissionCommitted = "admission.committed";
    public const string SlotBound = "execution.slot_bound";
    public const string SignRequested = "execution.sign_requested";
    public const string SignatureAnswered = "execution.signature_answered";
    public const string SignatureStored = "execution.signature_stored";
    public const string Repriced = "execution.repriced";
    public const string SendStarted = "execution.send_started";
    public const string SendAnswered = "execution.send_answered";
    public const string BlockOpen = "indexing.block_open";
    public const string BlockCommitted = "indexing.block_committed";
    public const string FlowEffectSending = "flows.effect_sending";
    public const string FlowEffectAnswered = "flows.effect_answered";
    public const string FactsMoved = "facts.moved";
    public const string TraceAnswered = "attribution.trace_answered";
    public const string ProcessorsRun = "attribution.processors_run";
    public const string ProcessorsCommitted = "attribution.processors_committed";
    public const string TraceDecided = "attribution.trace_decided";

    public static void Passed(string name)
    {
        Observer.Value?.Invoke(name);
        if (KillAt == name)
            Process.GetCurrentProcess().Kill();
    }

    /// <summary>Calls <paramref name="observer"/> at each boundary that this asynchronous flow passes, until disposed.</summary>
    public static IDisposable Observe(Action<string> observer)
    {
        Observer.Value = observer;
        return new Ended();
    }

    private sealed class Ended : IDisposable
    {
        public void Dispose() => Observer.Value = null;
    }
}
