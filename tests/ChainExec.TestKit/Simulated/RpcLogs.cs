using System.Text.Json.Nodes;
using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>eth_getLogs.</summary>
internal static class RpcLogs
{
    private const int LogsMax = 10_000;

    public static JsonArray Find(
        BlockTree tree, SimulatedBlock head, Func<string, SimulatedBlock?> named, Func<Hash32, SimulatedBlock?> known, JsonNode? parameter)
    {
        if (parameter is not JsonObject filter)
            throw RpcParameters.Invalid("the filter is no object");
        HashSet<Address> contracts = [.. Alternatives(filter["address"]).Select(node => RpcParameters.AddressOf(node, "address"))];
        List<HashSet<Hash32>> topics = filter["topics"] is JsonArray list
            ? [.. list.Select(place => Alternatives(place).Select(node => RpcParameters.HashOf(node, "topic")).ToHashSet())]
            : [];

        var found = new JsonArray();
        foreach (SimulatedBlock block in Blocks(tree, head, named, known, filter))
        {
            for (int index = 0; index < block.Receipts.Count; index++)
            {
                foreach ((SimulatedLog log, JsonObject rendered) in block.Receipts[index].Logs.Zip(RpcRendering.Logs(block, index)))
                {
                    if (Matches(log, contracts, topics))
                        found.Add((JsonNode)rendered);
                }
            }

            if (found.Count > LogsMax)
                throw new NodeErrorException(-32005, $"query returned more than {LogsMax} results", null);
        }

        return found;
    }

    private static IEnumerable<SimulatedBlock> Blocks(
        BlockTree tree, SimulatedBlock head, Func<string, SimulatedBlock?> named, Func<Hash32, SimulatedBlock?> known, JsonObject filter)
    {
        if (filter["blockHash"] is { } hash)
            return [known(RpcParameters.HashOf(hash, "blockHash")) ?? throw new NodeErrorException("unknown block")];
        ulong from = Height(filter["fromBlock"]);
        ulong to = Math.Min(Height(filter["toBlock"]), head.Number);
        return to < from
            ? throw RpcParameters.Invalid("invalid block range params")
            : Enumerable.Range(0, (int)(to - from) + 1).Select(offset => tree.At(head, from + (ulong)offset)!);

        ulong Height(JsonNode? node)
        {
            string text = node is null ? "latest" : RpcParameters.TextOf(node, "block");
            return text.StartsWith("0x", StringComparison.Ordinal)
                ? RpcParameters.NumberOf(node, "block")
                : named(text)?.Number ?? throw RpcParameters.Invalid(text);
        }
    }

    private static bool Matches(SimulatedLog log, HashSet<Address> contracts, List<HashSet<Hash32>> topics) =>
        (contracts.Count == 0 || contracts.Contains(log.Contract))
        && topics.Count <= log.Topics.Count
        && topics.Index().All(place => place.Item.Count == 0 || place.Item.Contains(log.Topics[place.Index]));

    private static IEnumerable<JsonNode?> Alternatives(JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => list,
        _ => [node],
    };
}
