using ChainExec.TestKit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>The text files of this repository, read once: what is built, fetched or written by a run is left out.</summary>
internal static class SourceTree
{
    private const int FileBytesMax = 4 * 1024 * 1024;

    private static readonly HashSet<string> SkippedFolders =
        [".git", ".run", ".vs", ".vscode", ".idea", "bin", "obj", "node_modules", "TestResults", "out"];

    private static readonly HashSet<string> TextExtensions =
    [
        ".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".jsonl", ".md", ".sql", ".sh", ".mjs", ".js", ".sol", ".yml", ".yaml",
        ".txt", ".npmrc", ".editorconfig", ".gitignore", ".csv", ".conf", ".html", ".css", "",
    ];

    private static readonly Lazy<IReadOnlyList<SourceFile>> Files = new(() => [.. Read(new DirectoryInfo(RepositoryRoot.Path))]);

    public static IReadOnlyList<SourceFile> All => Files.Value;

    public static IEnumerable<SourceFile> CSharp => All.Where(file => file.Is(".cs"));

    public static IEnumerable<SourceFile> Production => CSharp.Where(file => file.IsIn("src"));

    public static IEnumerable<SourceFile> Engine => Production.Where(file => file.IsIn("src/ChainExec.Engine"));

    public static IEnumerable<SourceFile> Migrations => All.Where(file => file.Is(".sql") && file.IsIn("src/ChainExec.Engine"));

    /// <summary>The engine's modules as its folders name them.</summary>
    public static IReadOnlyList<string> Modules { get; } =
    [
        .. Directory.GetDirectories(RepositoryRoot.Combine("src", "ChainExec.Engine")).Select(Path.GetFileName).OfType<string>()
            .Where(name => !SkippedFolders.Contains(name)).Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<SourceFile> Read(DirectoryInfo folder)
    {
        foreach (FileInfo file in folder.EnumerateFiles().Where(IsText))
        {
            string path = Path.GetRelativePath(RepositoryRoot.Path, file.FullName).Replace('\\', '/');
            yield return new SourceFile(path, File.ReadAllText(file.FullName).ReplaceLineEndings("\n"));
        }

        foreach (DirectoryInfo child in folder.EnumerateDirectories().Where(child => !SkippedFolders.Contains(child.Name)))
        {
            foreach (SourceFile file in Read(child))
                yield return file;
        }
    }

    // In a work tree .git is a file that names a place of this machine; it is not committed either.
    private static bool IsText(FileInfo file) =>
        file.Name != ".git" && file.LinkTarget is null && file.Length <= FileBytesMax && TextExtensions.Contains(file.Extension);
}
