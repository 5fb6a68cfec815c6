using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Runs the code of processors. The engine's own runs where it is called. Anybody else's runs on a thread of its own for a bounded time:
/// what does not return is left behind on that thread, and its processor is not called again until it has.
/// </summary>
internal sealed class ProcessorCalls(IOptions<AttributionOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Task> _leftBehind = new();

    /// <summary>Whether a call of it still runs that should have ended.</summary>
    public bool Hangs(string processor) => _leftBehind.TryGetValue(processor, out Task? call) && !call.IsCompleted;

    /// <returns>What it threw, or that it did not return in time; nothing when all went well.</returns>
    public async Task<Exception?> RunAsync(Registered processor, Action code, CancellationToken cancellationToken)
    {
        if (processor.IsShipped)
            return Run(code);
        if (Hangs(processor.Name))
            return new TimeoutException("An earlier call of it has not returned yet.");
        Exception? thrown = null;
        Task call = Task.Factory.StartNew(
            () => thrown = Run(code), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
        try
        {
            // Whatever the code throws is in its answer: what is thrown here is about the waiting.
            await call.WaitAsync(options.Value.ProcessorBudget, clock, cancellationToken);
            return thrown;
        }
        catch (TimeoutException)
        {
            _leftBehind[processor.Name] = call;
            return new TimeoutException($"It did not return within {options.Value.ProcessorBudget:c}.");
        }
    }

    private static Exception? Run(Action code)
    {
        try
        {
            code();
            return null;
        }
        catch (Exception exception)
        {
            // A processor is its writer's code. An OperationCanceledException of it is one of its mistakes too: nobody gave it a token.
            return exception;
        }
    }
}
