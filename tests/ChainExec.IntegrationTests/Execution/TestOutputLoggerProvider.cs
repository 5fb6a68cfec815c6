using Microsoft.Extensions.Logging;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Warnings and errors of the engine in the output of the test that runs it.</summary>
internal sealed class TestOutputLoggerProvider : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new TestOutputLogger(categoryName);

    public void Dispose()
    {
    }

    private sealed class TestOutputLogger(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                TestContext.Current.TestOutputHelper?.WriteLine(
                    $"{logLevel} {category}: {formatter(state, exception)} {exception?.Message}");
        }
    }
}
