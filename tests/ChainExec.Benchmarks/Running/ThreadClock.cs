using System.Runtime.InteropServices;

namespace ChainExec.Benchmarks.Running;

/// <summary>
/// Time that this thread spent on a processor. On a machine that others work on too, the clock on the wall mostly measures them.
/// </summary>
internal static partial class ThreadClock
{
    // CLOCK_THREAD_CPUTIME_ID of time.h on Linux.
    private const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds since some moment.</summary>
    public static long Nanoseconds => GetTime(ThreadCpuTime, out Timespec time) == 0
        ? time.Seconds * 1_000_000_000 + time.Nanoseconds
        : throw new PlatformNotSupportedException("clock_gettime does not know the processor time of a thread.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
