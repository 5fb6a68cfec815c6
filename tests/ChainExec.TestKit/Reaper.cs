using System.Buffers;
using System.Diagnostics;

namespace ChainExec.TestKit;

/// <summary>
/// Ends what a test process started when that process is gone, however it went. A shell holds the other end of a pipe: as long as the test
/// process lives the pipe is open; when it ends, even by SIGKILL, the shell reads the end of the pipe, kills what is still registered and
/// removes the folders.
/// </summary>
internal static class Reaper
{
    private const string Script = """
        trap '' INT TERM HUP
        pids=''; folders=''
        while IFS=' ' read -r verb what; do
          case "$verb" in
            watch)  pids="$pids $what" ;;
            forget) rest=''; for pid in $pids; do [ "$pid" = "$what" ] || rest="$rest $pid"; done; pids="$rest" ;;
            folder) folders="$folders $what" ;;
          esac
        done
        for entry in $pids; do
          pid="${entry%%:*}"
          [ "$(cut -d' ' -f22 "/proc/$pid/stat" 2>/dev/null)" = "${entry##*:}" ] && kill -9 "$pid" 2>/dev/null
        done
        [ -n "$folders" ] && sleep 0.2 && rm -rf $folders
        exit 0
        """;

    private static readonly SearchValues<char> Expandable = SearchValues.Create(" *?[]'\"\\\n");
    private static readonly Lock Gate = new();
    private static readonly Lazy<StreamWriter> Pipe = new(Start);

    /// <summary>Has the process killed when this test process is gone. The start time in the identity guards against a reused id.</summary>
    public static void Watch(string identity) => Send($"watch {identity}");

    /// <summary>The process has ended and was waited for: its id may be somebody else's from now on.</summary>
    public static void Forget(string identity) => Send($"forget {identity}");

    /// <summary>Has a folder removed when this test process is gone.</summary>
    public static void RemoveFolder(string path)
    {
        if (path.AsSpan().ContainsAny(Expandable))
            throw new ArgumentException("A folder name that a shell would expand.", nameof(path));
        Send($"folder {path}");
    }

    /// <summary>The process id and its start time in clock ticks since boot, field 22 of /proc/PID/stat.</summary>
    public static string Identity(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            // The second field is the command in parentheses and may hold blanks itself; the third field follows the last parenthesis.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return $"{processId}:{fields[19]}";
        }
        catch (IOException)
        {
            return $"{processId}:gone";
        }
    }

    private static void Send(string line)
    {
        lock (Gate)
            Pipe.Value.WriteLine(line);
    }

    private static StreamWriter Start()
    {
        Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true })!;
        shell.StandardInput.AutoFlush = true;
        return shell.StandardInput;
    }
}
