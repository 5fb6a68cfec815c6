using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;

namespace ChainExec.Flows;

/// <summary>What the books say of a window of facts, and what the window adds to them so far: it is read as if it were written.</summary>
internal sealed class FlowsWindow(
    IReadOnlyDictionary<(long Chain, Address Address), OwnAccount> accounts, IReadOnlyDictionary<string, string> kinds,
    IReadOnlyDictionary<string, IReadOnlyList<Hold>> holdsOfWork, IReadOnlyDictionary<Guid, Hold> holds,
    IReadOnlyList<UndoneSeen> undone)
{
    private readonly Dictionary<string, string> _kinds = new(kinds, StringComparer.Ordinal);
    private readonly Dictionary<HoldId, TokenAmount> _drawn = [];
    private readonly List<Posting> _postings = [];
    private readonly Dictionary<HoldId, string> _released = [];

    /// <summary>Transactions that are undone, or of which something is told that were undone before.</summary>
    public IReadOnlyList<UndoneSeen> Undone => undone;

    /// <summary>What is to be posted, in order.</summary>
    public IReadOnlyList<Posting> Postings => _postings;

    /// <summary>Holds of which the rest is to be given back afterwards, and why. What the window's postings use up has no rest.</summary>
    public IReadOnlyList<(HoldId Hold, string Reason)> Released =>
        [.. _released.Where(each => !IsUsedUp(each.Key)).Select(each => (each.Key, each.Value))];

    /// <summary>The accounts that postings and releases lock.</summary>
    public IReadOnlyList<string> LockedCodes =>
    [
        .. _postings.SelectMany(posting => posting.Lines.Select(line => line.Account.Code))
            .Concat(_released.Keys.Select(id => holds.GetValueOrDefault(id.Value)?.AccountCode).OfType<string>())
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Whose an address is; nothing when it is none of ours.</summary>
    public OwnAccount? Account(long chain, Address? address) =>
        address is { } known ? accounts.GetValueOrDefault((chain, known)) : null;

    /// <summary>As what a movement was booked; nothing when it was not.</summary>
    public string? KindOf(ChainTransaction transaction, Movement movement) =>
        _kinds.GetValueOrDefault(MovementPosting.KeyOf(transaction, movement));

    /// <summary>What a posting for an ended intent takes from one of its holds.</summary>
    public HoldUse? DrawOn(IntentFact intent, IReadOnlyList<PostingLine> lines)
    {
        if (intent.Hold is not { } own)
            return null;
        List<Hold> open = [.. holdsOfWork.GetValueOrDefault(BoundTo(intent.Root), [])];
        // An operator's new attempt has a hold of its own: the first one of its family was resolved when that failed.
        if (open.All(hold => hold.Id.Value != own) && holds.TryGetValue(own, out Hold? later))
            open.Add(later);
        Hold? drawnOn = open.FirstOrDefault(hold =>
            !Remaining(hold).IsZero && lines.Any(line => line.Side == EntrySide.Debit && line.Account.Code == hold.AccountCode));
        if (drawnOn is null)
            return null;
        PostingLine drawn = lines.First(line => line.Side == EntrySide.Debit && line.Account.Code == drawnOn.AccountCode);
        TokenAmount amount = drawn.Amount < Remaining(drawnOn) ? drawn.Amount : Remaining(drawnOn);
        _drawn[drawnOn.Id] = _drawn.GetValueOrDefault(drawnOn.Id, TokenAmount.Zero) + amount;
        return new HoldUse(drawnOn.Id, amount);
    }

    public void Post(string movementKey, Posting posting)
    {
        _postings.Add(posting);
        _kinds.TryAdd(movementKey, posting.Kind);
    }

    public void Release(HoldId hold, string reason) => _released.TryAdd(hold, reason);

    /// <summary>What the hold of an intent's family is bound to.</summary>
    public static string BoundTo(Guid root) => $"intent:{root:n}";

    private bool IsUsedUp(HoldId id) =>
        _drawn.TryGetValue(id, out TokenAmount drawn) && holds.TryGetValue(id.Value, out Hold? hold) && drawn == hold.Remaining;

    // What is to be given back in this window is nobody's to draw on any more.
    private TokenAmount Remaining(Hold hold) => _released.ContainsKey(hold.Id)
        ? TokenAmount.Zero
        : hold.Remaining - _drawn.GetValueOrDefault(hold.Id, TokenAmount.Zero);
}
