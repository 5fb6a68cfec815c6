using System.Diagnostics;

namespace ChainExec.TestKit;

/// <summary>Waits for something that other processes bring about, by looking again and again until a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until <paramref name="condition"/> is true. A condition that throws fails the test at once.</summary>
    /// <exception cref="TimeoutException">It was still false at the deadline; names <paramref name="what"/>.</exception>
    public static Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, string what, CancellationToken cancellationToken) =>
        TrueAsync(condition, deadline, what, lastSeen: null, cancellationToken);

    /// <summary>As above, and the failure message ends with what <paramref name="lastSeen"/> describes at the deadline.</summary>
    public static async Task TrueAsync(
        Func<Task<bool>> condition, TimeSpan deadline, string what, Func<Task<string>>? lastSeen, CancellationToken cancellationToken)
    {
        _ = await SeeAsync(condition, met => met, deadline, what, async met => lastSeen == null
            ? $"{met}" : await lastSeen(), cancellationToken);
    }

    /// <summary>Reads a state until it is the wanted one, and returns it.</summary>
    /// <exception cref="TimeoutException">It was not the wanted one at the deadline; shows the last state that was read.</exception>
    public static Task<T> BecomesAsync<T>(
        Func<Task<T>> read, Func<T, bool> wanted, TimeSpan deadline, string what, CancellationToken cancellationToken) =>
        SeeAsync(read, wanted, deadline, what, state => Task.FromResult($"{state}"), cancellationToken);

    private static async Task<T> SeeAsync<T>(
        Func<Task<T>> read, Func<T, bool> wanted, TimeSpan deadline, string what, Func<T, Task<string>> describe,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            T state = await read();
            if (wanted(state))
                return state;
            if (Stopwatch.GetElapsedTime(started) >= deadline)
                throw new TimeoutException($"Not within {deadline.TotalSeconds:0.#} s: {what}. Last seen: {await describe(state)}");
            await Task.Delay(pause, TimeProvider.System, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
