using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.TestKit;

public sealed class ManualClockTests
{
    [Fact]
    public async Task Delay_ends_when_the_clock_was_moved_far_enough_and_not_before()
    {
        ManualClock clock = new();
        Task delay = Task.Delay(TimeSpan.FromSeconds(10), clock, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(9));
        bool early = delay.IsCompleted;

        clock.Advance(TimeSpan.FromSeconds(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.False(early);
    }

    [Fact]
    public void Timers_fire_in_the_order_in_which_they_are_due_and_see_their_own_time()
    {
        ManualClock clock = new();
        DateTimeOffset start = clock.GetUtcNow();
        List<(string Name, double Seconds)> fired = [];
        void Record(object? name) => fired.Add(((string)name!, (clock.GetUtcNow() - start).TotalSeconds));
        using ITimer late = clock.CreateTimer(Record, "late", TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using ITimer periodic = clock.CreateTimer(Record, "periodic", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([("periodic", 2), ("periodic", 4), ("late", 5), ("periodic", 6)], fired);
    }

    [Fact]
    public void Correcting_the_wall_clock_does_not_change_elapsed_time()
    {
        ManualClock clock = new();
        long before = clock.GetTimestamp();

        clock.SetUtcNow(clock.GetUtcNow() - TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.Zero, clock.GetElapsedTime(before));
    }
}
