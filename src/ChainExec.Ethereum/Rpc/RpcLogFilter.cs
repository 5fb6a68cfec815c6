using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Which logs eth_getLogs answers: those of one block by hash, or of a range of heights.</summary>
public sealed record RpcLogFilter
{
    /// <summary>The one block; when set, the range is not used.</summary>
    public Hash32? BlockHash { get; init; }

    /// <summary>The first block of the range.</summary>
    public BlockTag From { get; init; } = BlockTag.Latest;

    /// <summary>The last block of the range.</summary>
    public BlockTag To { get; init; } = BlockTag.Latest;

    /// <summary>The contracts; empty means all.</summary>
    public IReadOnlyList<Address> Addresses { get; init; } = [];

    /// <summary>For each position the topics accepted; an empty list accepts any.</summary>
    public IReadOnlyList<IReadOnlyList<Hash32>> Topics { get; init; } = [];

    internal JsonObject ToParameter()
    {
        var filter = new JsonObject();
        if (BlockHash is { } hash)
        {
            filter["blockHash"] = hash.ToString();
        }
        else
        {
            filter["fromBlock"] = From.ToString();
            filter["toBlock"] = To.ToString();
        }

        AddContents(filter);
        return filter;
    }

    /// <summary>As a parameter of eth_subscribe, which knows contracts and topics only.</summary>
    internal JsonObject ToSubscription()
    {
        var filter = new JsonObject();
        AddContents(filter);
        return filter;
    }

    private void AddContents(JsonObject filter)
    {
        if (Addresses.Count > 0)
        {
            filter["address"] = ToArray(Addresses.Select(address => address.ToHex()));
        }

        if (Topics.Count > 0)
        {
            filter["topics"] = new JsonArray(
                [.. Topics.Select(accepted => accepted.Count == 0 ? null : ToArray(accepted.Select(topic => topic.ToString())))]);
        }
    }

    private static JsonArray ToArray(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
