using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

/// <summary>A log that falls back is another database; reads that overlap are not.</summary>
public sealed class LogPositionsTests
{
    [Fact]
    public void Log_that_rises_never_fell()
    {
        var positions = new LogPositions();
        foreach (long position in (long[])[10, 10, 11, 500])
            Assert.Equal(0, positions.End(positions.Begin(), position));
    }

    [Fact]
    public void Log_behind_what_was_seen_fell_once_and_is_another_from_then_on()
    {
        var positions = new LogPositions();
        positions.End(positions.Begin(), 500);
        Assert.Equal(1, positions.End(positions.Begin(), 400));
        Assert.Equal(1, positions.End(positions.Begin(), 450));
        Assert.Equal(1, positions.End(positions.Begin(), 600));
        Assert.Equal(2, positions.End(positions.Begin(), 599));
    }

    [Fact]
    public void Read_that_began_before_the_highest_was_known_proves_nothing()
    {
        var positions = new LogPositions();
        (long first, long second) = (positions.Begin(), positions.Begin());
        Assert.Equal(0, positions.End(second, 500));
        Assert.Equal(0, positions.End(first, 400));
        Assert.Equal(1, positions.End(positions.Begin(), 400));
    }
}
