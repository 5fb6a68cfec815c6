using System.Numerics;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>What a transaction would pay per gas now.</summary>
/// <param name="NextBaseFee">The base fee of the next block, in wei per gas.</param>
internal sealed record FeeQuote(TokenAmount MaxFeePerGas, TokenAmount MaxPriorityFeePerGas, TokenAmount NextBaseFee);

/// <summary>EIP-1559 fees from the fee history: a tip that half of the recent blocks took, and room for the base fee to double.</summary>
internal sealed class FeeEstimator(IOptions<ExecutionOptions> options)
{
    private const int RewardPercentile = 50;

    /// <summary>The quote, or nothing when the market is above the cap that this service ever signs.</summary>
    public async Task<FeeQuote?> QuoteAsync(RpcClient provider, CancellationToken cancellationToken)
    {
        ExecutionOptions values = options.Value;
        RpcFeeHistory history = await provider.FeeHistoryAsync(
            values.FeeHistoryBlocks, BlockTag.Latest, [RewardPercentile], cancellationToken);
        BigInteger nextBaseFee = history.BaseFeePerGas.Count == 0 ? BigInteger.Zero : history.BaseFeePerGas[^1].ToBigInteger();
        BigInteger tip = BigInteger.Max(values.TipFloorWei, Median(history));
        BigInteger cap = values.FeeCapMaxWei;
        if (nextBaseFee + tip > cap)
            return null;
        return new FeeQuote(
            new TokenAmount(BigInteger.Min(2 * nextBaseFee + tip, cap)), new TokenAmount(tip), new TokenAmount(nextBaseFee));
    }

    private static BigInteger Median(RpcFeeHistory history)
    {
        List<BigInteger> rewards = [.. history.Reward.Where(block => block.Count > 0).Select(block => block[0].ToBigInteger())];
        rewards.Sort();
        return rewards.Count == 0 ? BigInteger.Zero : rewards[rewards.Count / 2];
    }
}
