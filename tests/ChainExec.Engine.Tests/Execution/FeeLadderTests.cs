using System.Numerics;
using ChainExec.Execution;
using Xunit;

namespace ChainExec.Engine.Tests.Execution;

public sealed class FeeLadderTests
{
    private const int BlocksMax = 3;

    private static readonly LadderState Young = new(
        TopFee: Gwei(20), TopTip: Gwei(1), BlocksWaited: 2, IsLowest: true, MustReplace: false, IsTooLow: false, FeeLimit: Gwei(1_000));

    private static readonly FeeQuote Calm = Market(baseFee: 9, tip: 1);

    [Fact]
    public void Price_is_left_alone_while_it_is_young_and_the_market_takes_it() =>
        Assert.IsType<LadderStep.Keep>(FeeLadder.Decide(Young, Calm, BlocksMax));

    [Fact]
    public void Nonce_whose_turn_has_not_come_does_not_climb_by_age() =>
        Assert.IsType<LadderStep.Keep>(FeeLadder.Decide(Young with { BlocksWaited = 99, IsLowest = false }, Calm, BlocksMax));

    [Fact]
    public void Aged_price_climbs_by_an_eighth_on_both_fields()
    {
        LadderStep.Climb climb = Climb(Young with { BlocksWaited = 3 }, Calm);

        Assert.Equal((Gwei(20) + Gwei(2) + new TokenAmount(500_000_000), Gwei(1) + new TokenAmount(125_000_000)), (climb.Fee, climb.Tip));
    }

    [Fact]
    public void Base_fee_above_the_cap_climbs_to_the_market_whatever_the_turn()
    {
        LadderStep.Climb climb = Climb(Young with { IsLowest = false }, Market(baseFee: 50, tip: 2));

        Assert.Equal((Gwei(102), Gwei(2), "base_fee_above_cap"), (climb.Fee, climb.Tip, climb.Why));
    }

    [Fact]
    public void Nothing_climbs_twice_in_one_block() =>
        Assert.IsType<LadderStep.Keep>(FeeLadder.Decide(Young with { BlocksWaited = 0, IsTooLow = true }, Market(50, 2), BlocksMax));

    [Fact]
    public void Fill_replaces_at_once() => Assert.Equal("replace", Climb(Young with { BlocksWaited = 0, MustReplace = true }, Calm).Why);

    [Fact]
    public void Limit_below_the_next_step_keeps_the_price_and_says_what_was_needed()
    {
        LadderStep step = FeeLadder.Decide(Young with { BlocksWaited = 3, FeeLimit = Gwei(22) }, Calm, BlocksMax);

        Assert.Equal(new LadderStep.AtLimit(Gwei(20) + Gwei(2) + new TokenAmount(500_000_000), Gwei(22)), step);
    }

    [Fact]
    public void Limit_that_a_pool_takes_but_no_block_would_is_not_spent() =>
        Assert.IsType<LadderStep.AtLimit>(FeeLadder.Decide(Young with { FeeLimit = Gwei(40) }, Market(baseFee: 50, tip: 2), BlocksMax));

    [Fact]
    public void Market_above_what_is_ever_signed_keeps_the_price() =>
        Assert.IsType<LadderStep.AtLimit>(FeeLadder.Decide(Young with { BlocksWaited = 3 }, market: null, BlocksMax));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Smallest_prices_still_rise(int wei)
    {
        LadderStep.Climb climb = Climb(
            Young with { TopFee = new TokenAmount(wei), TopTip = TokenAmount.Zero, BlocksWaited = 3 },
            new FeeQuote(new TokenAmount(1), TokenAmount.Zero, TokenAmount.Zero));

        Assert.True(climb.Fee > new TokenAmount(wei) && climb.Tip > TokenAmount.Zero && climb.Tip <= climb.Fee);
    }

    // Whatever the market does, a ladder never falls, every step is one that a pool takes, and none is above the limit.
    [Fact]
    public void Any_market_gives_a_rising_ladder_within_its_limit()
    {
        const int seed = 20261125;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int run = 0; run < 500; run++)
        {
            LadderState state = Young with { FeeLimit = Gwei(random.Next(20, 5_000)), BlocksWaited = 5 };
            for (int step = 0; step < 40; step++)
            {
                if (FeeLadder.Decide(state, Market(random.Next(1, 800), random.Next(0, 20)), BlocksMax) is not LadderStep.Climb climb)
                    continue;
                Assert.True(climb.Fee.BaseUnits * 8 >= state.TopFee.BaseUnits * 9);
                Assert.True(climb.Tip.BaseUnits * 8 >= state.TopTip.BaseUnits * 9 || climb.Tip == climb.Fee);
                Assert.True(climb.Fee <= state.FeeLimit && climb.Tip <= climb.Fee);
                state = state with { TopFee = climb.Fee, TopTip = climb.Tip };
            }
        }
    }

    private static LadderStep.Climb Climb(LadderState state, FeeQuote market) =>
        Assert.IsType<LadderStep.Climb>(FeeLadder.Decide(state, market, BlocksMax));

    private static FeeQuote Market(long baseFee, long tip) => new(Gwei(2 * baseFee + tip), Gwei(tip), Gwei(baseFee));

    private static TokenAmount Gwei(long gwei) => new(new BigInteger(gwei) * 1_000_000_000);
}
