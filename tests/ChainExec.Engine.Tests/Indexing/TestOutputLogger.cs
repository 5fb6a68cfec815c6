using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>Warnings and errors of the code under test, in the output of the test that is running.</summary>
internal sealed class TestOutputLogger : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("ChainExec", StringComparison.Ordinal) ? this : NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
