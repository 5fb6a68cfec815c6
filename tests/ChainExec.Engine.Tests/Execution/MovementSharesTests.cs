using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts.Contracts;
using Xunit;

namespace ChainExec.Engine.Tests.Execution;

/// <summary>What a transaction moved is shared out among the payments that it carried.</summary>
public sealed class MovementSharesTests
{
    private static readonly Address Token = Address.Parse("0x00000000000000000000000000000000000000aa");
    private static readonly Address Payer = Address.Parse("0x00000000000000000000000000000000000000bb");
    private static readonly Address One = Address.Parse("0x0000000000000000000000000000000000000001");
    private static readonly Address Two = Address.Parse("0x0000000000000000000000000000000000000002");
    private static readonly AssetSnapshot Assets = new([new Asset("usd-1", 1, Token, "USD", 6)]);

    [Fact]
    public void Movement_answers_one_of_two_equal_payments()
    {
        IReadOnlyList<MovementShare> shares = MovementShares.Of([[Wanted(One, 5)], [Wanted(One, 5)]], [Moved(0, One, 5)], Assets);

        Assert.Equal([Verdict.Full, Verdict.None], shares.Select(share => share.Verdict));
        Assert.Empty(shares[1].Movements);
    }

    [Fact]
    public void Exact_answers_are_given_out_before_partial_ones()
    {
        Movement less = Moved(0, One, 4);
        Movement exact = Moved(1, One, 5);
        IReadOnlyList<MovementShare> shares = MovementShares.Of([[Wanted(One, 7)], [Wanted(One, 5)]], [less, exact], Assets);

        Assert.Equal([Verdict.Partial, Verdict.Full], shares.Select(share => share.Verdict));
        Assert.Equal([less, exact], shares.SelectMany(share => share.Movements));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_nobody_expected_goes_with_the_first_of_its_token_unless_somebody_is_unknown(bool isWhole)
    {
        Movement paid = Moved(0, Two, 5);
        Movement fee = Moved(1, Token, 1);
        IReadOnlyList<MovementShare> shares = MovementShares.OfSpent([[], [Wanted(Two, 5)]], [paid, fee], [paid, fee], Assets, isWhole);

        Assert.Empty(shares[0].Movements);
        Assert.Equal(isWhole ? [paid, fee] : [paid], shares[1].Movements);
    }

    private static ExpectedMovement Wanted(Address to, int amount) => new(Token, Payer, to, new TokenAmount(amount));

    private static Movement Moved(int log, Address to, int amount) =>
        new(MovementKind.Token, log, "usd-1", Payer, to, new TokenAmount(amount));
}
