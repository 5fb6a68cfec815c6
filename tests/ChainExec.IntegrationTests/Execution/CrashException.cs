using ChainExec.Storage;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// The process ends here, as far as the engine can tell. Cancellation is the one thing that no worker turn takes for a fault of the item:
/// the turn ends there, as in a crash.
/// </summary>
internal sealed class CrashException() : OperationCanceledException("The process ends here.")
{
    /// <summary>Crashes each time the boundary is passed in this asynchronous flow, until disposed.</summary>
    public static IDisposable At(string boundary) => Boundary.Observe(passed =>
    {
        if (passed == boundary)
            throw new CrashException();
    });
}
