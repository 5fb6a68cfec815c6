namespace ChainExec.TestKit;

/// <summary>A folder for one test, removed when disposed, and also when the test process is killed.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Creates an empty folder that only this user can read.</summary>
    public TempFolder()
    {
        Path = Directory.CreateTempSubdirectory("ce-test-").FullName;
        Reaper.RemoveFolder(Path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>A path in the folder. Does not check that it exists.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Removes the folder with all that is in it.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
