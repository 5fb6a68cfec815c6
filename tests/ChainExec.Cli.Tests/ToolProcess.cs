using System.Diagnostics;
using System.Text;

namespace ChainExec.Cli.Tests;

/// <summary>A run of <c>chainexec</c> as a process of its own, with bytes on standard input.</summary>
internal sealed record ToolProcess(int ExitCode, byte[] Output, string Error)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The lines of output; the last one must be ended too.</summary>
    public string[] Lines
    {
        get
        {
            Assert.True(Text.Length == 0 || Text.EndsWith('\n'), "The output ends inside a line.");
            return Text.Split('\n')[..^1];
        }
    }

    public static Task<ToolProcess> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    public static Task<ToolProcess> RunAsync(string[] arguments, string input) => RunAsync(arguments, Encoding.UTF8.GetBytes(input));

    public static Task<ToolProcess> RunAsync(string[] arguments, byte[] input) => RunAsync(Start(arguments), input);

    /// <summary>Runs the copy of the tool in a folder.</summary>
    public static Task<ToolProcess> RunInAsync(string folder, params string[] arguments) => RunAsync(StartIn(folder, arguments), []);

    public static Process Start(params string[] arguments) => StartIn(AppContext.BaseDirectory, arguments);

    private static async Task<ToolProcess> RunAsync(Process started, byte[] input)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using Process process = started;
        using var output = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output, token);
        Task<string> error = process.StandardError.ReadToEndAsync(token);
        await process.StandardInput.BaseStream.WriteAsync(input, token);
        process.StandardInput.Close();
        await Task.WhenAll(reading, error, process.WaitForExitAsync(token)).WaitAsync(Deadline, TimeProvider.System, token);
        return new ToolProcess(process.ExitCode, output.ToArray(), await error);
    }

    private static Process StartIn(string folder, string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(folder, "chainexec.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
