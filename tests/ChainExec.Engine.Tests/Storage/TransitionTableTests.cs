using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class TransitionTableTests
{
    private static readonly TransitionTable<Door, Push> Table = new(
        initial: Door.Open, final: [Door.Walled],
        [(Door.Open, Push.Slam, Door.Shut), (Door.Shut, Push.Pull, Door.Open), (Door.Shut, Push.Brick, Door.Walled)]);

    /// <summary>The states of these tests.</summary>
    public enum Door
    {
        Open,
        Shut,
        Walled,
    }

    /// <summary>The events of these tests.</summary>
    public enum Push
    {
        Slam,
        Pull,
        Brick,
    }

    [Fact]
    public void A_listed_move_goes_where_the_table_says() => Assert.Equal(Door.Shut, Table.Move(Door.Open, Push.Slam));

    [Theory]
    [InlineData(Door.Open, Push.Pull)]
    [InlineData(Door.Shut, Push.Slam)]
    [InlineData(Door.Walled, Push.Pull)]
    public void A_move_that_is_not_listed_throws_and_is_not_allowed(Door from, Push happened)
    {
        Assert.False(Table.Allows(from, happened));
        Assert.Throws<IllegalMoveException>(() => Table.Move(from, happened));
    }

    [Fact]
    public void Only_the_final_states_are_final() =>
        Assert.Equal([false, false, true], Enum.GetValues<Door>().Select(Table.IsFinal));

    [Fact]
    public void A_pair_listed_twice_is_refused() => Assert.Throws<ArgumentException>(() => new TransitionTable<Door, Push>(
        Door.Open, [], [(Door.Open, Push.Slam, Door.Shut), (Door.Open, Push.Slam, Door.Walled)]));

    [Fact]
    public void A_move_out_of_a_final_state_is_refused() => Assert.Throws<ArgumentException>(() => new TransitionTable<Door, Push>(
        Door.Open, [Door.Walled], [(Door.Open, Push.Brick, Door.Walled), (Door.Walled, Push.Pull, Door.Open)]));
}
