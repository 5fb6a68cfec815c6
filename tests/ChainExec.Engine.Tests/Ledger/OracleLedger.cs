using System.Numerics;
using ChainExec.Ledger;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>
/// The rules of the books in plain C#, without SQL and without the engine's code for them: what a posting, a hold and the passing of time
/// do, and what is answered. The real books are compared with it after each operation.
/// </summary>
internal sealed class OracleLedger
{
    private readonly Dictionary<string, OracleAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<HoldId, OracleHold> _holds = [];
    private readonly Dictionary<LedgerTransactionId, OracleTransaction> _transactions = [];
    private readonly Dictionary<string, (string Print, OracleAnswer Answer)> _keys = new(StringComparer.Ordinal);

    /// <summary>What the clock shows; only operations that let time pass move it.</summary>
    public TimeSpan Now { get; private set; }

    public IEnumerable<(string Code, OracleAccount Account)> Accounts => _accounts.Select(pair => (pair.Key, pair.Value));

    public IEnumerable<(HoldId Id, OracleHold Hold)> Holds => _holds.Select(pair => (pair.Key, pair.Value));

    public OracleAccount Account(AccountSpec spec)
    {
        if (!_accounts.TryGetValue(spec.Code, out OracleAccount? account))
            _accounts.Add(spec.Code, account = new OracleAccount(spec));
        return account;
    }

    public void Pass(TimeSpan time) => Now += time;

    public void Sweep()
    {
        foreach (OracleHold hold in _holds.Values.Where(hold => hold.IsOpen && hold.Expires <= Now))
            End(hold, HoldState.Expired);
    }

    public LedgerCode Place(HoldRequest request)
    {
        OracleAccount account = _accounts[request.AccountCode];
        if (account.IsClosed)
            return LedgerCode.AccountClosed;
        if (!account.IsStrict)
            return LedgerCode.NoHoldsHere;
        if (account.Available < request.Amount.BaseUnits)
            return LedgerCode.InsufficientFunds;
        account.Held += request.Amount.BaseUnits;
        _holds.Add(request.Id, new OracleHold(account, request.Amount.BaseUnits, request.Lasts is { } lasts ? Now + lasts : null));
        return LedgerCode.Held;
    }

    public void Release(HoldId id)
    {
        if (_holds[id] is { IsOpen: true } hold)
            End(hold, HoldState.Released);
    }

    /// <summary>Judges postings in this order, those linked to their next together.</summary>
    public IReadOnlyList<OracleAnswer> Post(IReadOnlyList<Posting> postings)
    {
        var answers = new OracleAnswer[postings.Count];
        for (int start = 0, end; start < postings.Count; start = end + 1)
        {
            end = start;
            while (postings[end].IsLinkedToNext && end + 1 < postings.Count)
                end++;
            PostGroup(postings, start, end, answers);
        }

        return answers;
    }

    private void PostGroup(IReadOnlyList<Posting> postings, int start, int end, OracleAnswer[] answers)
    {
        // A group is answered again whole or judged whole: what was answered before takes the others with it.
        for (int item = start; item <= end; item++)
            answers[item] = Before(postings[item]);
        int early = Array.FindIndex(answers, start, end - start + 1, answer => answer.Code is not null);
        var undo = new Stack<Action>();
        for (int item = start; item <= end && early < 0; item++)
        {
            answers[item] = Judge(postings[item], undo);
            if (answers[item].Code == LedgerCode.Posted)
                continue;
            while (undo.TryPop(out Action? back))
                back();
            for (int member = start; member <= end; member++)
            {
                if (member != item)
                    answers[member] = new OracleAnswer(LedgerCode.LinkedFailed);
            }

            break;
        }

        for (int item = start; item <= end; item++)
        {
            if (early >= 0)
                answers[item] = answers[item].Code is null ? new OracleAnswer(LedgerCode.LinkedFailed) : answers[item];
            else
                _keys[postings[item].Key] = (Print(postings[item]), answers[item]);
        }
    }

    // What can be said without looking at balances; nothing when it must be judged.
    private OracleAnswer Before(Posting posting)
    {
        bool balanced = posting.Lines.GroupBy(line => line.Account.Asset).All(asset => asset.Aggregate(
            BigInteger.Zero, (sum, line) => sum + (line.Side == EntrySide.Debit ? line.Amount.BaseUnits : -line.Amount.BaseUnits)).IsZero);
        if (!balanced)
            return new OracleAnswer(LedgerCode.Unbalanced);
        if (!_keys.TryGetValue(posting.Key, out (string Print, OracleAnswer Answer) known))
            return new OracleAnswer(Code: null);
        return known.Print == Print(posting) ? known.Answer with { IsReplay = true } : new OracleAnswer(LedgerCode.KeyReused);
    }

    private OracleAnswer Judge(Posting posting, Stack<Action> undo)
    {
        OracleAccount[] accounts = [.. posting.Lines.Select(line => Account(line.Account))];
        OracleAccount? own = posting.HoldUse is { } uses && _holds.TryGetValue(uses.Hold, out OracleHold? used) ? used.Account : null;
        if (accounts.Any(account => account.IsClosed && account != own))
            return new OracleAnswer(LedgerCode.AccountClosed);
        if (posting.Reverses is { } original && ReversalProblem(original, posting) is { } wrong)
            return new OracleAnswer(wrong);
        OracleHold? hold = null;
        BigInteger spent = 0;
        if (posting.HoldUse is { } use)
        {
            if (!_holds.TryGetValue(use.Hold, out hold))
                return new OracleAnswer(LedgerCode.UnknownHold);
            if (!hold.IsOpen)
                return new OracleAnswer(LedgerCode.HoldResolved);
            if (hold.Expires <= Now)
                return new OracleAnswer(LedgerCode.HoldExpired);
            spent = use.Amount?.BaseUnits ?? hold.Remaining;
            if (spent > hold.Remaining)
                return new OracleAnswer(LedgerCode.HoldDoesNotCarry);
        }

        BigInteger[] amounts = [.. posting.Lines.Select(line => line.Amount.BaseUnits)];
        if (posting.Mode == PostingMode.HoldAll)
            Array.Fill(amounts, spent);
        if (posting.Mode == PostingMode.UpTo)
        {
            IEnumerable<BigInteger> rooms = posting.Lines.Select((line, n) => (line, account: accounts[n]))
                .Where(pair => pair.account.IsStrict && (pair.line.Side == EntrySide.Debit) != pair.account.IsDebitKind)
                .Select(pair => pair.account.Available);
            BigInteger most = rooms.Append(amounts[0]).Min();
            if (most <= 0)
                return new OracleAnswer(LedgerCode.InsufficientFunds);
            Array.Fill(amounts, most);
        }

        if (hold is not null)
        {
            BigInteger drawn = posting.Lines.Select((line, n) => accounts[n] == hold.Account
                && (line.Side == EntrySide.Debit) != hold.Account.IsDebitKind ? amounts[n] : 0).Aggregate(BigInteger.Add);
            if (spent > drawn)
                return new OracleAnswer(LedgerCode.HoldDoesNotCarry);
        }

        Dictionary<OracleAccount, BigInteger> excess = accounts.Distinct().ToDictionary(account => account, account => account.Excess);
        var lines = new List<(long? Version, BigInteger? Balance)>();
        for (int line = 0; line < amounts.Length; line++)
        {
            (OracleAccount account, BigInteger amount) = (accounts[line], amounts[line]);
            bool debit = posting.Lines[line].Side == EntrySide.Debit;
            account.Move(debit, amount, 1);
            undo.Push(() => account.Move(debit, -amount, -1));
            lines.Add(account.IsStrict ? (account.Version, account.Balance) : (null, null));
        }

        if (hold is not null)
        {
            hold.Spend(spent);
            undo.Push(() => hold.Spend(-spent));
        }

        foreach ((OracleAccount account, BigInteger before) in excess)
        {
            if ((account.IsLimited || account.Held > 0) && account.Excess > 0 && account.Excess > before)
                return new OracleAnswer(LedgerCode.InsufficientFunds);
        }

        var transaction = new OracleTransaction(posting, amounts);
        _transactions.Add(posting.Id, transaction);
        undo.Push(() => _transactions.Remove(posting.Id));
        return new OracleAnswer(LedgerCode.Posted) { Lines = lines, Transaction = posting.Id };
    }

    private LedgerCode? ReversalProblem(LedgerTransactionId id, Posting posting)
    {
        if (!_transactions.TryGetValue(id, out OracleTransaction? original))
            return LedgerCode.UnknownTransaction;
        if (original.Posting.Reverses is not null)
            return LedgerCode.ReversalOfReversal;
        IEnumerable<OracleTransaction> reversals = _transactions.Values.Where(other => other.Posting.Reverses == id);
        return posting.Lines.GroupBy(line => (line.Account.Code, line.Side)).All(wanted =>
        {
            EntrySide opposite = wanted.Key.Side == EntrySide.Debit ? EntrySide.Credit : EntrySide.Debit;
            BigInteger moved = original.Sum(wanted.Key.Code, opposite);
            BigInteger back = reversals.Aggregate(BigInteger.Zero, (sum, other) => sum + other.Sum(wanted.Key.Code, wanted.Key.Side));
            return wanted.Aggregate(BigInteger.Zero, (sum, line) => sum + line.Amount.BaseUnits) <= moved - back;
        }) ? null : LedgerCode.ReversalExceeds;
    }

    private static void End(OracleHold hold, HoldState state)
    {
        hold.Account.Held -= hold.Remaining;
        hold.State = state;
    }

    private static string Print(Posting posting) => Convert.ToHexString(PostingFingerprint.Of(posting));
}

/// <summary>One account of the oracle.</summary>
internal sealed class OracleAccount(AccountSpec spec)
{
    public bool IsStrict => spec.Policy == AccountPolicy.Strict;

    public bool IsDebitKind => spec.Kind is AccountKind.Asset or AccountKind.Expense;

    public bool IsLimited { get; set; }

    public bool IsClosed { get; set; }

    public BigInteger Overdraft { get; set; }

    public BigInteger Balance { get; private set; }

    public BigInteger Held { get; set; }

    public long Version { get; private set; }

    public BigInteger Available => Balance - Held + (IsLimited ? Overdraft : 0);

    public BigInteger Excess => Held - Balance - (IsLimited ? Overdraft : 0);

    public void Move(bool debit, BigInteger amount, int entries)
    {
        Balance += debit == IsDebitKind ? amount : -amount;
        Version += entries;
    }
}

/// <summary>One hold of the oracle.</summary>
internal sealed class OracleHold(OracleAccount account, BigInteger amount, TimeSpan? expires)
{
    private BigInteger _posted;

    public OracleAccount Account { get; } = account;

    public TimeSpan? Expires { get; } = expires;

    public HoldState State { get; set; } = HoldState.Held;

    public bool IsOpen => State is HoldState.Held or HoldState.Partial;

    public BigInteger Remaining => amount - _posted;

    public void Spend(BigInteger spent)
    {
        _posted += spent;
        Account.Held -= spent;
        State = _posted.IsZero ? HoldState.Held : _posted == amount ? HoldState.Posted : HoldState.Partial;
    }
}

/// <summary>One transaction of the oracle.</summary>
internal sealed record OracleTransaction(Posting Posting, BigInteger[] Amounts)
{
    public BigInteger Sum(string code, EntrySide side) => Posting.Lines.Select((line, n) =>
        line.Account.Code == code && line.Side == side ? Amounts[n] : 0).Aggregate(BigInteger.Add);
}

/// <summary>What the oracle answers.</summary>
internal sealed record OracleAnswer(LedgerCode? Code, bool IsReplay = false)
{
    public IReadOnlyList<(long? Version, BigInteger? Balance)> Lines { get; init; } = [];

    public LedgerTransactionId? Transaction { get; init; }
}
