using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>A processor of approvals, as somebody writes it: it does what a test says.</summary>
internal sealed class ScriptedProcessor(string name, Func<int, IEnumerable<ProcessorRecord>> makes) : ILogProcessor<Erc20.ApprovalEvent>
{
    public string Name => name;

    public int Version { get; init; } = 1;

    public AddressSource Source { get; init; } = new AddressSource.ListedAssets();

    /// <summary>Amounts of approvals that it was given, in order.</summary>
    public List<int> Seen { get; } = [];

    /// <summary>What it tells of a final record.</summary>
    public Func<ConfirmedRecord, IEnumerable<ProcessorFact>> Tells { get; init; } = _ => [];

    public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<Erc20.ApprovalEvent> log)
    {
        int amount = int.Parse(log.Event.Value.ToString(), System.Globalization.CultureInfo.InvariantCulture);
        Seen.Add(amount);
        return makes(amount);
    }

    public IEnumerable<ProcessorFact> OnConfirmed(ConfirmedRecord record) => Tells(record);

    /// <summary>One record with an amount.</summary>
    public static IEnumerable<ProcessorRecord> Approved(int amount) => [new ProcessorRecord("approved", new { Amount = amount })];
}
