using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Journal;

/// <summary>What the journal knows of one slot, in the order of writing.</summary>
internal sealed class SlotHistory
{
    private readonly List<SlotRecord> _records = [];
    private readonly Dictionary<string, SlotRecord> _effects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ResolvedRecord> _resolved = new(StringComparer.Ordinal);

    /// <summary>Signed and refused records.</summary>
    internal IReadOnlyList<SlotRecord> Records => _records;

    /// <summary>Highest fencing epoch of any record; -1 when there is none.</summary>
    internal long EpochMax { get; private set; } = -1;

    /// <summary>How the slot was resolved for a family, or for the batch that carries its effect here; null while it is not.</summary>
    internal ResolvedRecord? ResolutionOf(string family) => _resolved.GetValueOrDefault(EffectOf(family)?.Family ?? family);

    /// <summary>
    /// The last signed record that carries the family's effect on this slot, or null. Its own family is another one when the family is a
    /// member of a batch.
    /// </summary>
    internal SlotRecord? EffectOf(string family) => _effects.GetValueOrDefault(family);

    /// <summary>The record of the same request, or null: same digest, same family, same members in their order, same purpose.</summary>
    internal SlotRecord? SignedBefore(SignCommand command) => _records.Find(record =>
        record.IsSigned && record.Digest == command.Digest && record.Family == command.Family && record.Purpose == command.Purpose
            && record.Members.SequenceEqual(command.Members, StringComparer.Ordinal));

    /// <summary>The recorded refusal of the family's effect on this slot, or null. That of a batch says nothing of its members.</summary>
    internal SlotRecord? RefusalOf(string family) =>
        _records.Find(record => !record.IsSigned && record.Family == family && record.Purpose == SignPurpose.Intent);

    /// <summary>The last signed record of any other family, or null.</summary>
    internal SlotRecord? SignedByOther(string family) => _records.FindLast(record => record.IsSigned && record.Family != family);

    /// <summary>Takes in a signed or refused record.</summary>
    internal void Add(SlotRecord record)
    {
        _records.Add(record);
        EpochMax = Math.Max(EpochMax, record.Epoch);
        if (!record.HoldsSlot)
            return;
        foreach (string family in record.Families)
            _effects[family] = record;
    }

    /// <summary>Takes in a resolution.</summary>
    internal void Add(ResolvedRecord record) => _resolved[record.Family] = record;
}
