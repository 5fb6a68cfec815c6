using System.Text.Json.Nodes;
using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>What a node tells about fees.</summary>
internal static class RpcFees
{
    private const int BlocksMax = 1024;
    private const int BlocksSampled = 20;

    /// <summary>The middle of what the transactions of the last blocks paid as tips.</summary>
    public static UInt256 SuggestedTip(SimulatedChain chain, SimulatedBlock head)
    {
        var tips = new List<UInt256>();
        SimulatedBlock? block = head;
        for (int read = 0; read < BlocksSampled && block is not null; read++, block = block.Parent)
        {
            tips.AddRange(TipsOf(block).Select(paid => paid.Tip));
        }

        tips.Sort();
        return tips.Count == 0 ? chain.Options.SuggestedTip : tips[tips.Count / 2];
    }

    /// <summary>eth_feeHistory up to a block.</summary>
    public static JsonObject History(SimulatedChain chain, SimulatedBlock newest, RpcParameters parameters)
    {
        int wanted = (int)Math.Min(RpcParameters.NumberOf(parameters[0], "blockCount"), BlocksMax);
        if (wanted == 0)
            return new JsonObject { ["oldestBlock"] = "0x0", ["gasUsedRatio"] = new JsonArray() };
        var blocks = new List<SimulatedBlock>();
        for (SimulatedBlock? block = newest; block is not null && blocks.Count < wanted; block = block.Parent)
            blocks.Insert(0, block);

        double[] percentiles = parameters[2] is JsonArray asked ? [.. asked.Select(percentile => percentile!.GetValue<double>())] : [];
        UInt256 next = FeeMarket.NextBaseFee(newest.BaseFee, newest.GasUsed, newest.GasLimit, chain.Options.BaseFeeFloor);
        var history = new JsonObject
        {
            ["oldestBlock"] = RpcRendering.Quantity(blocks[0].Number),
            ["baseFeePerGas"] = new JsonArray([.. blocks.Select(block => block.BaseFee).Append(next).Select(RpcRendering.Quantity)]),
            ["gasUsedRatio"] = new JsonArray([.. blocks.Select(block => (JsonNode)((double)block.GasUsed / block.GasLimit))]),
        };
        if (percentiles.Length > 0)
        {
            history["reward"] = new JsonArray([.. blocks.Select(block => new JsonArray(
                [.. percentiles.Select(percentile => RpcRendering.Quantity(TipAt(block, percentile)))]))]);
        }

        return history;
    }

    // The tip below which that part of the block's gas was paid.
    private static UInt256 TipAt(SimulatedBlock block, double percentile)
    {
        double threshold = block.GasUsed * percentile / 100;
        ulong sum = 0;
        UInt256 tip = UInt256.Zero;
        foreach ((UInt256 paid, ulong gas) in TipsOf(block).OrderBy(entry => entry.Tip))
        {
            tip = paid;
            sum += gas;
            if (sum >= threshold)
                break;
        }

        return tip;
    }

    private static IEnumerable<(UInt256 Tip, ulong Gas)> TipsOf(SimulatedBlock block)
    {
        IEnumerable<(UInt256, ulong)> tips = block.Receipts.Select(receipt =>
            (receipt.EffectiveGasPrice - block.BaseFee, receipt.GasUsed));
        return block.Background.Gas == 0 ? tips : tips.Append((block.Background.Tip, block.Background.Gas));
    }
}
