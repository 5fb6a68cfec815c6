using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Journal;

/// <summary>
/// Everything the journal says, by slot, by family and by day. Built by replay at start and kept current with each append.
/// </summary>
internal sealed class JournalIndex
{
    private static readonly SlotHistory s_empty = new();
    private static readonly OtpHistory s_noOtps = new();

    private readonly Dictionary<SlotKey, SlotHistory> _slots = [];
    private readonly Dictionary<string, HashSet<SlotKey>> _familySlots = new(StringComparer.Ordinal);
    private readonly Dictionary<(ulong ChainId, Address Sender), SortedSet<ulong>> _nonces = [];
    private readonly Dictionary<(ulong ChainId, Address? Contract, DateOnly Day), UInt256> _dayTotals = [];
    private readonly Dictionary<string, ApprovedRecord> _approvals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<SlotKey>> _slotsSinceApproval = new(StringComparer.Ordinal);
    private readonly Dictionary<Address, OtpHistory> _otps = [];
    private readonly SortedSet<Address> _enrolled = [];
    private readonly Dictionary<SlotKey, DelegatedRecord> _delegations = [];

    /// <summary>What is known of a slot; empty when nothing is.</summary>
    internal SlotHistory Slot(SlotKey slot) => _slots.GetValueOrDefault(slot, s_empty);

    /// <summary>
    /// The slots on which a family's effect was signed, alone or within a batch, on whatever chain or sender: a family is one business
    /// outcome, so a second chain would be a second payment too.
    /// </summary>
    internal IEnumerable<SlotKey> SlotsOf(string family) => _familySlots.GetValueOrDefault(family) ?? [];

    /// <summary>The nonces of a sender at or above <paramref name="from"/> that the journal knows, rising.</summary>
    internal IEnumerable<ulong> Nonces(ulong chainId, Address sender, ulong from) =>
        _nonces.TryGetValue((chainId, sender), out SortedSet<ulong>? nonces) ? nonces.GetViewBetween(from, ulong.MaxValue) : [];

    /// <summary>
    /// Base units signed for an asset (null: the chain's own coin) on a UTC day. Each slot of a family counts once, however often it was
    /// re-priced, and stays counted when it is resolved against the family: the word of the server must not be able to widen a limit.
    /// </summary>
    internal UInt256 DayTotal(ulong chainId, Address? contract, DateOnly day) => _dayTotals.GetValueOrDefault((chainId, contract, day));

    /// <summary>The newest approval of a family, or null.</summary>
    internal ApprovedRecord? ApprovalOf(string family) => _approvals.GetValueOrDefault(family);

    /// <summary>
    /// The slots on which a family's effect was signed after its newest approval, in the order of the journal: a clock that is set back
    /// between the two records must not make an approval good twice.
    /// </summary>
    internal IEnumerable<SlotKey> SlotsSinceApproval(string family) => _slotsSinceApproval.GetValueOrDefault(family) ?? [];

    /// <summary>The delegation whose transaction or authorization uses up a slot's nonce, or null.</summary>
    internal DelegatedRecord? DelegationOn(SlotKey slot) => _delegations.GetValueOrDefault(slot);

    /// <summary>Whether anything was signed, refused or resolved on a slot, or a delegation uses up its nonce.</summary>
    internal bool Knows(SlotKey slot) => _slots.ContainsKey(slot) || _delegations.ContainsKey(slot);

    /// <summary>The accounts that had an authenticator once, in order.</summary>
    internal IReadOnlySet<Address> Enrolled => _enrolled;

    /// <summary>The one-time passwords that were given for an account; empty when none was.</summary>
    internal OtpHistory OtpOf(Address account) => _otps.GetValueOrDefault(account, s_noOtps);

    /// <summary>Takes in one record.</summary>
    internal void Apply(JournalRecord record)
    {
        switch (record)
        {
            case ApprovedRecord approved:
                _approvals[approved.Approval.Family] = approved;
                _slotsSinceApproval[approved.Approval.Family] = [];
                OtpsOf(approved.Approval.Sender).Accept(approved.OtpStep);
                _enrolled.Add(approved.Approval.Sender);
                break;
            case EnrolledRecord enrolled:
                _enrolled.Add(enrolled.Account);
                break;
            case OtpRefusedRecord refused:
                OtpsOf(refused.Sender).Refuse(refused.At);
                _enrolled.Add(refused.Sender);
                break;
            case OtpUnlockedRecord unlocked:
                OtpsOf(unlocked.Account).Unlock();
                break;
            case DelegatedRecord delegated:
                _delegations[delegated.Delegation.Slot] = delegated;
                _delegations[delegated.Delegation.AuthorizationSlot] = delegated;
                break;
            case SlotStatement statement:
                Apply(statement);
                break;
            default:
                throw new ArgumentException("A record of an unknown type.", nameof(record));
        }
    }

    private void Apply(SlotStatement record)
    {
        if (!_slots.TryGetValue(record.Slot, out SlotHistory? history))
            _slots.Add(record.Slot, history = new SlotHistory());

        switch (record)
        {
            case SlotRecord slot:
                if (slot.HoldsSlot && history.EffectOf(slot.Family) is null)
                    CountFirstSignature(slot);
                if (slot.HoldsSlot)
                    UseApprovals(slot);
                history.Add(slot);
                AddNonce(slot.Slot);
                break;
            case ResolvedRecord resolved:
                history.Add(resolved);
                break;
            default:
                throw new ArgumentException("A record of an unknown type.", nameof(record));
        }
    }

    /// <summary>The UTC day that a moment's amounts count on.</summary>
    internal static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private void CountFirstSignature(SlotRecord record)
    {
        foreach (string family in record.Families)
        {
            if (!_familySlots.TryGetValue(family, out HashSet<SlotKey>? slots))
                _familySlots.Add(family, slots = []);
            slots.Add(record.Slot);
        }

        foreach (DecodedCall call in record.Calls())
        {
            (ulong, Address?, DateOnly) key = (record.Slot.ChainId, call.Contract, DayOf(record.At));
            UInt256 total = _dayTotals.GetValueOrDefault(key);

            // Saturates: an approval of the whole range followed by anything else must read as "all of it", not wrap or throw at start.
            _dayTotals[key] = call.Amount > UInt256.MaxValue - total ? UInt256.MaxValue : total + call.Amount;
        }
    }

    private void UseApprovals(SlotRecord record)
    {
        foreach (string family in record.Families)
        {
            if (_slotsSinceApproval.TryGetValue(family, out HashSet<SlotKey>? used))
                used.Add(record.Slot);
        }
    }

    private OtpHistory OtpsOf(Address account)
    {
        if (!_otps.TryGetValue(account, out OtpHistory? history))
            _otps.Add(account, history = new OtpHistory());
        return history;
    }

    private void AddNonce(SlotKey slot)
    {
        if (!_nonces.TryGetValue((slot.ChainId, slot.Sender), out SortedSet<ulong>? nonces))
            _nonces.Add((slot.ChainId, slot.Sender), nonces = []);
        nonces.Add(slot.Nonce);
    }
}
