using System.Globalization;
using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Execution;

namespace ChainExec.Simulation;

/// <summary>A payment as its client remembers it. No two have the same recipient, so its effects are counted by what reached it.</summary>
internal sealed class Payment(int number, PaymentKind kind, string key, JsonElement body, Payment? after)
{
    public int Number => number;

    public PaymentKind Kind => kind;

    public string Key => key;

    public JsonElement Body => body;

    /// <summary>The payment that it waits for.</summary>
    public Payment? After => after;

    public Address Recipient => RecipientOf(number);

    /// <summary>The intent that answers for it; nothing until one was accepted, or when a restored database refuses it.</summary>
    public IntentId? Intent { get; set; }

    /// <summary>What it pays or allows, in base units: no two the same.</summary>
    public static UInt256 AmountOf(int number) => 1_000_000 + (ulong)number;

    public static Address RecipientOf(int number) =>
        Address.Parse("0x5709e5" + number.ToString("x34", CultureInfo.InvariantCulture));
}
