using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Which block a question is about: a name that the node resolves, a number, or a hash. Only a hash names one block for ever.
/// </summary>
public readonly record struct BlockTag
{
    private readonly string? _name;

    private BlockTag(string? name, ulong? blockNumber, Hash32? blockHash)
    {
        _name = name;
        BlockNumber = blockNumber;
        BlockHash = blockHash;
    }

    /// <summary>The node's head; also the default value.</summary>
    public static BlockTag Latest => default;

    /// <summary>The block the node would build now.</summary>
    public static BlockTag Pending => new("pending", null, null);

    /// <summary>The newest block that is not expected to be reorganised.</summary>
    public static BlockTag Safe => new("safe", null, null);

    /// <summary>The newest block that cannot be reorganised without breaking consensus.</summary>
    public static BlockTag Finalized => new("finalized", null, null);

    /// <summary>The genesis block.</summary>
    public static BlockTag Earliest => new("earliest", null, null);

    /// <summary>The number, when the block is named by one.</summary>
    public ulong? BlockNumber { get; }

    /// <summary>The hash, when the block is named by one.</summary>
    public Hash32? BlockHash { get; }

    /// <summary>The block of that height on the node's present chain.</summary>
    public static BlockTag Number(ulong number) => new(null, number, null);

    /// <summary>Exactly that block.</summary>
    public static BlockTag Hash(Hash32 hash) => new(null, null, hash);

    /// <summary>A number names the block of that height.</summary>
    public static implicit operator BlockTag(ulong number) => Number(number);

    /// <summary>A hash names that block.</summary>
    public static implicit operator BlockTag(Hash32 hash) => Hash(hash);

    /// <summary>The name, the number as a quantity, or the hash.</summary>
    public override string ToString() =>
        BlockHash is { } hash ? hash.ToString() :
        BlockNumber is { } number ? Hex.EncodeQuantity(number) :
        _name ?? "latest";

    /// <summary>As a parameter of a state query: names and numbers as text, hashes as EIP-1898 has them.</summary>
    internal JsonNode ToParameter() => BlockHash is { } hash ? new JsonObject { ["blockHash"] = hash.ToString() } : ToString();
}
