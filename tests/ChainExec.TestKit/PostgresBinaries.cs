namespace ChainExec.TestKit;

/// <summary>
/// The programs of an installed PostgreSQL. They refuse to run as root, so a test process that is root runs them as the user
/// <c>postgres</c> that the package creates.
/// </summary>
internal sealed class PostgresBinaries
{
    private const string DebianRoot = "/usr/lib/postgresql";
    private const string ServerUser = "postgres";
    private const int OldestVersion = 15;
    private static readonly TimeSpan ChownDeadline = TimeSpan.FromSeconds(10);

    private readonly string _folder;

    private PostgresBinaries(string folder) => _folder = folder;

    /// <summary>The newest installed server: Debian's versioned folders first, then PATH.</summary>
    /// <exception cref="InvalidOperationException">There is none; a missing database fails tests, it never passes them.</exception>
    public static PostgresBinaries Find()
    {
        IEnumerable<string> versioned = Directory.Exists(DebianRoot)
            ? Directory.GetDirectories(DebianRoot)
                .Where(folder => int.TryParse(Path.GetFileName(folder), out int version) && version >= OldestVersion)
                .OrderByDescending(folder => int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture))
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        string? found = versioned.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
        return found == null
            ? throw new InvalidOperationException("PostgreSQL's server programs are missing (Debian, Ubuntu: apt-get install postgresql).")
            : new PostgresBinaries(found);
    }

    /// <summary>Where a client program of the same version lies; it runs as anybody.</summary>
    public string PathOf(string program) => Path.Combine(_folder, program);

    /// <summary>Makes the server's user the owner of an existing folder.</summary>
    public static async Task GiveToServerUserAsync(string folder, CancellationToken cancellationToken)
    {
        if (Environment.IsPrivilegedProcess)
            await ChildProcess.RunAsync("chown", [ServerUser, folder], ChownDeadline, cancellationToken);
    }

    /// <summary>Starts a program and leaves it running, as a direct child: setpriv changes the user and becomes the program.</summary>
    public ChildProcess Start(string program, IReadOnlyList<string> arguments)
    {
        string path = Path.Combine(_folder, program);
        return Environment.IsPrivilegedProcess
            ? ChildProcess.Start(
                "setpriv", [$"--reuid={ServerUser}", $"--regid={ServerUser}", "--init-groups", "--", path, .. arguments],
                workingDirectory: "/")
            : ChildProcess.Start(path, arguments, workingDirectory: "/");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; carries its output.</exception>
    public async Task RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await using ChildProcess child = Start(program, arguments);
        int exitCode = await child.WaitForExitAsync(deadline, cancellationToken);
        if (exitCode != 0)
            throw new InvalidOperationException($"{program} ended with {exitCode}:\n{child.Tail()}");
    }
}
