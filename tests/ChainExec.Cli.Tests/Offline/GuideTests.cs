using System.Diagnostics;
using System.Text;

namespace ChainExec.Cli.Tests.Offline;

/// <summary>The examples of <c>docs/guide/offline-tools.md</c>: what they show is what they print.</summary>
public sealed class GuideTests
{
    private const string Prompt = "$ ";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Every_example_prints_what_the_guide_shows()
    {
        string guide = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "offline-tools.md"), Token);
        string shown = string.Concat(guide.Split("```console\n")[1..].Select(block => block.Split("```")[0]));
        string[] commands = [.. shown.Split('\n').Where(line => line.StartsWith(Prompt, StringComparison.Ordinal))];
        Assert.True(commands.Length > 10);

        Assert.Equal(shown, await RunAsync(commands));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // One shell runs them all and prints each command before its output, as a terminal does.
    private static async Task<string> RunAsync(string[] commands)
    {
        var script = new StringBuilder($"chainexec() {{ dotnet '{AppContext.BaseDirectory}/chainexec.dll' \"$@\"; }}\n");
        foreach (string command in commands)
            script.Append($"cat <<'SHOWN'\n{command}\nSHOWN\n{command[Prompt.Length..]}\n");
        using Process bash = Process.Start(
            new ProcessStartInfo("bash", ["-c", script.ToString()])
            {
                RedirectStandardOutput = true, RedirectStandardInput = true, WorkingDirectory = AppContext.BaseDirectory,
            })!;
        bash.StandardInput.Close();
        return await bash.StandardOutput.ReadToEndAsync(Token).WaitAsync(Deadline, TimeProvider.System, Token);
    }
}
