using System.Numerics;
using ChainExec.Attribution;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>What each call of a transaction bears of its cost.</summary>
public sealed class CostSharesTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(10_001L)]
    public void Shares_add_up_to_gas_and_to_the_whole_fee(long? dataFee)
    {
        var transaction = new ChainTransaction(
            1, 7, Hash32.Zero, 0, DateTimeOffset.UnixEpoch, Hash32.Zero, 0, Address.Zero, null, 0, TokenAmount.Zero, Succeeded: true,
            new TokenAmount(100_003), new TokenAmount(7), dataFee is { } fee ? new TokenAmount(fee) : null);

        IReadOnlyList<(TokenAmount Gas, TokenAmount Fee)> shares = CostShares.Of(transaction, [30_000, 1, 12_345]);

        Assert.Equal(transaction.GasUsed.BaseUnits, shares.Aggregate(BigInteger.Zero, (sum, share) => sum + share.Gas.BaseUnits));
        Assert.Equal(100_003 * 7 + (dataFee ?? 0), shares.Aggregate(BigInteger.Zero, (sum, share) => sum + share.Fee.BaseUnits));
    }
}
