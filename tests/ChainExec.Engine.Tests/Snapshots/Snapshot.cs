using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Snapshots;

/// <summary>
/// A committed text that must equal what the code makes of itself, so that a review sees the change. <c>UPDATE_SNAPSHOTS=1</c> writes it.
/// </summary>
internal static class Snapshot
{
    /// <summary>Fails at the first line that differs. A missing snapshot is a failure too.</summary>
    public static async Task MatchesAsync(string path, string actual, CancellationToken cancellationToken)
    {
        string file = RepositoryRoot.Combine(path);
        string wanted = actual.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, wanted, cancellationToken);
            return;
        }

        string stored = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellationToken)).ReplaceLineEndings("\n") : "";
        if (Difference(stored, wanted) is { } difference)
            Assert.Fail($"{path} is not what the code says; UPDATE_SNAPSHOTS=1 writes it.\n{difference}");
    }

    /// <summary>The first line that differs, or nothing.</summary>
    public static string? Difference(string stored, string wanted)
    {
        string[] before = stored.Split('\n');
        string[] after = wanted.Split('\n');
        int line = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        return line == before.Length && line == after.Length
            ? null
            : $"line {line + 1}\n  stored: {At(before, line)}\n  now:    {At(after, line)}";
    }

    private static string At(string[] lines, int line) => lines.ElementAtOrDefault(line) ?? "(ends)";
}
