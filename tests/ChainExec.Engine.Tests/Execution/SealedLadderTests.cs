using System.Numerics;
using ChainExec.Execution;
using Xunit;

namespace ChainExec.Engine.Tests.Execution;

public sealed class SealedLadderTests
{
    private const long Gas = 60_000;
    private const long FillGas = 25_200;

    [Fact]
    public void Every_price_is_an_eighth_more_on_both_fields_and_within_the_limit()
    {
        var random = new Random(20261126);
        for (int round = 0; round < 2_000; round++)
        {
            var first = new LadderPrice(new TokenAmount(random.NextInt64(1, 200_000_000_000)), default);
            first = first with { Tip = new TokenAmount(random.NextInt64(0, (long)first.Fee.BaseUnits + 1)) };
            var limit = new TokenAmount(first.Fee.BaseUnits * Gas * random.Next(100, 3_000) / 100);
            var cap = new TokenAmount(random.NextInt64(1_000_000_000_000));
            SealedLadder ladder = SealedLadder.Build(first, Gas, FillGas, limit, cap, random.Next(1, 17));

            LadderPrice before = first;
            LadderPrice[] fill = ladder.Cancel is { } cancel ? [cancel] : [];
            foreach (LadderPrice price in ladder.Above.Concat(fill))
            {
                Assert.True(price.Fee.BaseUnits * 8 >= before.Fee.BaseUnits * 9, $"round {round}: fee");
                Assert.True(price.Tip.BaseUnits * 8 >= before.Tip.BaseUnits * 9 || price.Tip == price.Fee, $"round {round}: tip");
                Assert.True(price.Tip <= price.Fee, $"round {round}: tip above fee");
                before = price;
            }

            Assert.All(ladder.Above, price => Assert.True(price.Fee.BaseUnits * Gas <= limit.BaseUnits));
            Assert.All(fill, price => Assert.True(price.Fee.BaseUnits * FillGas <= limit.BaseUnits, $"round {round}: the fill"));
            Assert.All(ladder.Above.Concat(fill), price => Assert.True(price.Fee <= cap, $"round {round}: above what is ever signed"));
            Assert.True(fill.Length == 1 || ladder.Above.Count == 0, $"round {round}: no room was left for the fill");
        }
    }

    [Fact]
    public void Last_price_comes_near_a_limit_that_is_far_away()
    {
        SealedLadder ladder = Build(first: 1_000, limitTimes: 20, count: 8);
        Assert.InRange(ladder.Above.Count, 6, 7);

        // No further eighth fits below the limit.
        Assert.InRange(ladder.Above[^1].Fee.BaseUnits, 17_778, 20_000);
    }

    [Fact]
    public void Limit_of_the_first_price_leaves_only_the_fill()
    {
        SealedLadder ladder = Build(first: 1_000, limitTimes: 1, count: 8);
        Assert.Empty(ladder.Above);
        Assert.Equal(new BigInteger(1_125), ladder.Cancel!.Value.Fee.BaseUnits);
    }

    [Fact]
    public void Price_that_leaves_no_room_below_the_cap_is_all_there_is()
    {
        SealedLadder ladder = SealedLadder.Build(
            new LadderPrice(new TokenAmount(1_000), new TokenAmount(10)), Gas, FillGas, new TokenAmount(20 * 1_000 * Gas),
            new TokenAmount(1_100), count: 8);
        Assert.Empty(ladder.Above);
        Assert.Null(ladder.Cancel);
    }

    private static SealedLadder Build(long first, int limitTimes, int count) => SealedLadder.Build(
        new LadderPrice(new TokenAmount(first), new TokenAmount(first / 10)), Gas, FillGas, new TokenAmount(first * Gas * limitTimes),
        new TokenAmount(1_000_000_000), count);
}
