using ChainExec.Flows.Definitions;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Waits, calendars and the arithmetic of templates.</summary>
public sealed class FlowValueTests
{
    // New York is five hours behind UTC in winter, four in summer; the cut-off of ACH is 16:45 there.
    [Theory]
    [InlineData("2026-11-23T15:00:00Z", 1, "2026-11-24T21:45:00Z")] // a Monday
    [InlineData("2026-11-23T21:46:00Z", 1, "2026-11-25T21:45:00Z")] // after its cut-off it counts for Tuesday
    [InlineData("2026-11-25T15:00:00Z", 1, "2026-11-27T21:45:00Z")] // over Thanksgiving
    [InlineData("2026-11-27T15:00:00Z", 3, "2026-12-02T21:45:00Z")] // over a weekend
    [InlineData("2026-11-28T02:00:00Z", 1, "2026-12-01T21:45:00Z")] // on a Friday night it counts for Monday
    [InlineData("2026-07-02T15:00:00Z", 1, "2026-07-03T20:45:00Z")] // the holiday of a Saturday is not moved to Friday
    public void Business_days_are_counted_by_the_rail(string begins, int days, string ends) => Assert.Equal(
        DateTimeOffset.Parse(ends, System.Globalization.CultureInfo.InvariantCulture),
        Wait.Business(days, RailCalendar.Ach).EndsAt(DateTimeOffset.Parse(begins, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData(10_000, 0, 0)]
    [InlineData(10_000, 25, 25)]
    [InlineData(1, 1, 1)] // rounded up
    [InlineData(999, 10_000, 999)]
    public void Share_is_rounded_up(long amount, int basisPoints, long share) =>
        Assert.Equal(new TokenAmount(share), FlowMath.ShareRoundingUp(new(amount), basisPoints));

    [Fact]
    public void Difference_below_zero_is_nothing()
    {
        Assert.Equal(new TokenAmount(3), FlowMath.Less(new(5), new(2)));
        Assert.Equal(TokenAmount.Zero, FlowMath.Less(new(2), new(5)));
    }
}
