using System.Text.Json;
using ChainExec.Execution;

namespace ChainExec.Simulation;

/// <summary>A payment as its client remembers it. No two have the same amount, so its effects are counted by what they moved.</summary>
internal sealed class Payment(ulong amount, string key, JsonElement body)
{
    public ulong Amount => amount;

    public string Key => key;

    public JsonElement Body => body;

    /// <summary>The intent that answers for it; nothing until one was accepted, or when a restored database refuses it.</summary>
    public IntentId? Intent { get; set; }
}
