using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.TestKit;

public sealed class ChildProcessTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Line_is_found_whether_it_was_written_before_or_comes_later()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ChildProcess child = ChildProcess.Start("sh", ["-c", "echo first; sleep 0.2; echo second; sleep 60"]);

        string second = await child.WaitForLineAsync("second", Deadline, token);
        string first = await child.WaitForLineAsync("first", Deadline, token);

        Assert.Equal(("first", "second"), (first, second));
    }

    [Fact]
    public async Task Killed_child_is_gone_when_the_call_returns()
    {
        await using ChildProcess child = ChildProcess.Start("sleep", ["60"]);

        await child.KillAsync();

        Assert.Equal((false, 137), (Directory.Exists($"/proc/{child.Id}"), child.ExitCode));
    }

    [Fact]
    public async Task Missing_line_fails_with_what_was_written_instead()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ChildProcess child = ChildProcess.Start("sh", ["-c", "echo something else"]);

        TimeoutException failure = await Assert.ThrowsAsync<TimeoutException>(() => child.WaitForLineAsync("expected", Deadline, token));

        Assert.Contains("something else", failure.Message, StringComparison.Ordinal);
    }
}
