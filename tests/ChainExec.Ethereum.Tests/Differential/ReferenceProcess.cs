using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.Tests.Differential;

/// <summary>
/// The independent implementation: <c>reference.mjs</c> under Node.js, asked over its standard streams. Its packages come from
/// <c>install.sh</c>, which test.sh runs; where they are missing a test fails and says so.
/// </summary>
public sealed class ReferenceProcess : IAsyncLifetime
{
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(60);

    private readonly Process _process = new();

    /// <summary>Starts the process once for all tests of a class.</summary>
    public ValueTask InitializeAsync()
    {
        string folder = Folder();
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "viem")))
        {
            throw new InvalidOperationException($"viem is not installed: run {Path.Combine(folder, "install.sh")}, or test.sh once.");
        }

        _process.StartInfo = new ProcessStartInfo("node", ["reference.mjs"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        try
        {
            _process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("Node.js does not start; version 20 or newer is needed.", exception);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Sends every request, a line of JSON each, and gives the answers in their order. An answer that is an error fails the test with its
    /// request.
    /// </summary>
    public async Task<IReadOnlyList<JsonElement>> AskAsync(IReadOnlyList<string> requests, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);

        // Written beside the reading: both pipes are small, and a process that cannot write its answers reads no more requests.
        Task sent = Task.Run(
            async () =>
            {
                foreach (string request in requests)
                {
                    await _process.StandardInput.WriteLineAsync(request.AsMemory(), deadline.Token);
                }

                await _process.StandardInput.FlushAsync(deadline.Token);
            },
            deadline.Token);
        var answers = new List<JsonElement>(requests.Count);
        foreach (string request in requests)
        {
            string line = await _process.StandardOutput.ReadLineAsync(deadline.Token)
                ?? throw new InvalidOperationException("The reference process ended; its standard error says why.");
            using var answer = JsonDocument.Parse(line);
            Assert.False(answer.RootElement.TryGetProperty("error", out JsonElement error), $"{error}\nrequest: {request}");
            answers.Add(answer.RootElement.Clone());
        }

        await sent;
        return answers;
    }

    /// <summary>Ends the process: it stops at the end of its input.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(AnswerDeadline);
        await _process.WaitForExitAsync(deadline.Token);
        _process.Dispose();
    }

    private static string Folder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ChainExec.sln")))
            {
                return Path.Combine(folder.FullName, "tests", "ChainExec.Ethereum.Tests", "Differential");
            }
        }

        throw new InvalidOperationException($"No ChainExec.sln above {AppContext.BaseDirectory}.");
    }
}
