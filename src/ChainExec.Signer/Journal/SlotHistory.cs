using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Journal;

/// <summary>What the journal knows of one slot, in the order of writing.</summary>
internal sealed class SlotHistory
{
    private readonly List<SlotRecord> _records = [];
    private readonly Dictionary<string, ResolvedRecord> _resolved = new(StringComparer.Ordinal);

    /// <summary>Signed and refused records.</summary>
    internal IReadOnlyList<SlotRecord> Records => _records;

    /// <summary>Highest fencing epoch of any record; -1 when there is none.</summary>
    internal long EpochMax { get; private set; } = -1;

    /// <summary>How the slot was resolved for a family, or null.</summary>
    internal ResolvedRecord? ResolutionOf(string family) => _resolved.GetValueOrDefault(family);

    /// <summary>The last signed record that carries the family's effect on this slot, or null.</summary>
    internal SlotRecord? EffectOf(string family) => _records.FindLast(record => record.HoldsSlot && record.Family == family);

    /// <summary>The record of the same request, or null: same digest, same family, same purpose.</summary>
    internal SlotRecord? SignedBefore(SignCommand command) => _records.Find(record =>
        record.IsSigned && record.Digest == command.Digest && record.Family == command.Family && record.Purpose == command.Purpose);

    /// <summary>The recorded refusal of the family's effect on this slot, or null.</summary>
    internal SlotRecord? RefusalOf(string family) =>
        _records.Find(record => !record.IsSigned && record.Family == family && record.Purpose == SignPurpose.Intent);

    /// <summary>The last signed record of any other family, or null.</summary>
    internal SlotRecord? SignedByOther(string family) => _records.FindLast(record => record.IsSigned && record.Family != family);

    /// <summary>Takes in a signed or refused record.</summary>
    internal void Add(SlotRecord record)
    {
        _records.Add(record);
        EpochMax = Math.Max(EpochMax, record.Epoch);
    }

    /// <summary>Takes in a resolution.</summary>
    internal void Add(ResolvedRecord record) => _resolved[record.Family] = record;
}
