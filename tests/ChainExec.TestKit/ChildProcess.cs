using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ChainExec.TestKit;

/// <summary>
/// A process that a test starts, watches and ends, also brutally. Its last output lines are kept. It never outlives the test process.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int SignalKill = 9;
    private const int SignalTerminate = 15;
    private static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly OutputRing _output = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _identity;
    private readonly string _name;

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        _identity = Reaper.Identity(process.Id);
        Reaper.Watch(_identity);
        _ = ReadOutputAsync();
    }

    /// <summary>The process id; of the last run if it has ended.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code; 128 + the signal's number when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines of its standard output and error, oldest first (at most 2,000, each cut at 4,000 characters).</summary>
    public IReadOnlyList<string> Output => _output.Lines;

    /// <summary>
    /// Starts a command. <paramref name="environment"/> is added to the inherited one; a null value removes the variable.
    /// </summary>
    public static ChildProcess Start(
        string fileName,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        ProcessStartInfo start = new(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{fileName} did not start.");
        return new ChildProcess(process, Path.GetFileName(fileName));
    }

    /// <summary>Starts a .NET assembly with the <c>dotnet</c> that runs this test.</summary>
    public static ChildProcess StartDotnet(
        string assemblyPath, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        string? running = Environment.ProcessPath;
        string dotnet = Path.GetFileName(running) == "dotnet" ? running! : "dotnet";
        return Start(dotnet, [assemblyPath, .. arguments], environment);
    }

    /// <summary>Runs a command to its end and returns its output lines.</summary>
    /// <exception cref="InvalidOperationException">The exit code is not zero; carries the last lines.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string fileName, IReadOnlyList<string> arguments, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await using ChildProcess child = Start(fileName, arguments);
        int exitCode = await child.WaitForExitAsync(deadline, cancellationToken);
        await child._drained.Task.WaitAsync(KillDeadline, TimeProvider.System, cancellationToken);
        return exitCode == 0
            ? child.Output
            : throw new InvalidOperationException($"{fileName} ended with {exitCode}:\n{child.Tail()}");
    }

    /// <summary>Waits for a line, already written or still to come, that contains <paramref name="text"/>, and returns it.</summary>
    /// <exception cref="TimeoutException">No such line within the deadline, or the process ended without it; carries the last
    /// lines.</exception>
    public async Task<string> WaitForLineAsync(string text, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await _output.FindAsync(line => line.Contains(text, StringComparison.Ordinal))
                .WaitAsync(deadline, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or EndOfStreamException)
        {
            throw new TimeoutException($"{_name} did not write '{text}' ({exception.Message}):\n{Tail()}", exception);
        }
    }

    /// <summary>Waits until the process has ended and returns its exit code.</summary>
    /// <exception cref="TimeoutException">It still runs at the deadline.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(deadline, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{_name} (process {Id}) still runs after {deadline.TotalSeconds:0.#} s:\n{Tail()}", exception);
        }

        Reaper.Forget(_identity);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL, and waits until the process is gone. Does nothing when it has ended already.</summary>
    public async Task KillAsync()
    {
        Signal(SignalKill);
        await WaitForExitAsync(KillDeadline, CancellationToken.None);
    }

    /// <summary>SIGTERM, waits at most <paramref name="grace"/>, then SIGKILL. Returns whether it ended by itself.</summary>
    public async Task<bool> TerminateAsync(TimeSpan grace)
    {
        Signal(SignalTerminate);
        try
        {
            await WaitForExitAsync(grace, CancellationToken.None);
            return true;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>Sends a POSIX signal by number, if the process still runs.</summary>
    public void Signal(int number)
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, number);
    }

    /// <summary>The last lines of output, for a failure message.</summary>
    public string Tail(int lines = 30) => string.Join('\n', Output.TakeLast(lines));

    /// <summary>Kills the process if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task ReadOutputAsync()
    {
        try
        {
            await Task.WhenAll(_output.ReadAsync(_process.StandardOutput), _output.ReadAsync(_process.StandardError));
        }
        catch (Exception exception) when (exception is ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The process object was disposed while a grandchild still held the pipe: nobody reads this output any more.
            _output.Add($"[output ended: {exception.GetType().Name}]");
        }
        finally
        {
            _output.End();
            _drained.TrySetResult();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
