namespace ChainExec.Storage;

/// <summary>Waiting by the injected clock.</summary>
internal static class TimeProviderExtensions
{
    public static Task Delay(this TimeProvider clock, TimeSpan delay, CancellationToken cancellationToken) =>
        Task.Delay(delay, clock, cancellationToken);
}
