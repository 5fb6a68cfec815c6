using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>A call to simulate: what eth_call and eth_estimateGas take. Null fields are left to the node.</summary>
public sealed record CallRequest
{
    /// <summary>The account the call comes from.</summary>
    public Address? From { get; init; }

    /// <summary>The account called; null creates a contract.</summary>
    public Address? To { get; init; }

    /// <summary>The gas limit.</summary>
    public ulong? Gas { get; init; }

    /// <summary>The fee cap, in wei per gas.</summary>
    public UInt256? MaxFeePerGas { get; init; }

    /// <summary>The priority fee cap, in wei per gas.</summary>
    public UInt256? MaxPriorityFeePerGas { get; init; }

    /// <summary>Wei sent along.</summary>
    public UInt256? Value { get; init; }

    /// <summary>The sender's nonce.</summary>
    public ulong? Nonce { get; init; }

    /// <summary>The call data.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal JsonObject ToParameter()
    {
        var call = new JsonObject();
        AddText(call, "from", From?.ToHex());
        AddText(call, "to", To?.ToHex());
        AddQuantity(call, "gas", Gas);
        AddQuantity(call, "maxFeePerGas", MaxFeePerGas);
        AddQuantity(call, "maxPriorityFeePerGas", MaxPriorityFeePerGas);
        AddQuantity(call, "value", Value);
        AddQuantity(call, "nonce", Nonce);

        // "data" and not "input": every client reads it, and one that skipped the other name would silently call with nothing.
        AddText(call, "data", Data.IsEmpty ? null : Hex.Encode(Data.Span));
        return call;
    }

    private static void AddText(JsonObject call, string name, string? value)
    {
        if (value is not null)
        {
            call[name] = value;
        }
    }

    private static void AddQuantity(JsonObject call, string name, UInt256? value) =>
        AddText(call, name, value is { } number ? Hex.EncodeQuantity(number) : null);
}
