namespace ChainExec.TestKit;

/// <summary>Finds the files of this repository from wherever a test assembly was built to.</summary>
public static class RepositoryRoot
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>The folder that holds <c>ChainExec.sln</c>.</summary>
    public static string Path => Found.Value;

    /// <summary>A path below the root. Does not check that it exists.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ChainExec.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No ChainExec.sln above {AppContext.BaseDirectory}.");
    }
}
