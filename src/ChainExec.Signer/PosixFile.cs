using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace ChainExec.Signer;

/// <summary>The few file system promises that the base library has no method for (Linux).</summary>
internal static partial class PosixFile
{
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC
    private const uint NoGroupNoOthers = 0b000_111_111;
    private const int SetDumpable = 4; // PR_SET_DUMPABLE

    /// <summary>
    /// Makes the names in a folder durable: without it a new file may be gone after a power cut although its content was synced.
    /// </summary>
    internal static void SyncDirectory(string path)
    {
        int descriptor = Open(path, ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"The folder {path} cannot be opened to be synced.", new Win32Exception(Marshal.GetLastPInvokeError()));

        int result = Fsync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"The folder {path} cannot be synced.", new Win32Exception(error));
    }

    /// <summary>
    /// Writes a new file, for its owner only. It is written beside and moved into place whole: a crash leaves either no file or a complete
    /// one. Never overwrites. Its name is durable after <see cref="SyncDirectory"/>.
    /// </summary>
    internal static void WriteNew(string path, string text)
    {
        string temporary = path + ".new";

        // What an earlier crash left may have another mode.
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: false);
    }

    /// <summary>From here on every file and socket that this process creates is for its own user only, from the first instant.</summary>
    internal static void CreateOnlyForOwner() => _ = Umask(NoGroupNoOthers);

    /// <summary>
    /// Keeps decrypted keys out of core dumps and out of reach of other processes of the same user (ptrace, /proc/pid/mem).
    /// </summary>
    internal static void ForbidDumps() => _ = Prctl(SetDumpable, 0, 0, 0, 0);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
