namespace ChainExec.IntegrationTests.Execution;

/// <summary>Mines a block each 200 ms until disposed.</summary>
internal sealed class Mining : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private bool _disposed;

    public Mining(EngineBench bench) => _loop = RunAsync(bench);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _stop.Cancel();
        _loop.Wait(TimeSpan.FromSeconds(10));
        _stop.Dispose();
    }

    private async Task RunAsync(EngineBench bench)
    {
        try
        {
            while (true)
            {
                await bench.Node.MineAsync(1, _stop.Token);
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough blocks.
            return;
        }
    }
}
