using System.Numerics;
using ChainExec.Ledger;
using ChainExec.Storage;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>Random streams of operations against the oracle. CHAINEXEC_TEST_FULL=1 makes them long; a failure names the seed.</summary>
public sealed class OracleTests
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Books_and_oracle_agree_after_each_operation_of_a_random_stream()
    {
        foreach (int seed in Enumerable.Range(Environment.TickCount & 0xFFFF, Full ? 20 : 2))
        {
            await using var books = new Books();
            await books.InitializeAsync();
            var stream = new OracleStream(books, seed);
            for (int step = 0; step < (Full ? 2000 : 250); step++)
                await stream.StepAsync();
            await books.SettleAsync(Token);
            IReadOnlyList<VerificationFinding> findings = await books.Verifier.VerifyAsync(Token);
            Assert.True(findings.Count == 0, $"seed {seed}: {string.Join("; ", findings)}");
        }
    }

    [Fact]
    public async Task Concurrent_answers_carry_the_versions_by_which_the_oracle_replays_them()
    {
        int seed = Environment.TickCount & 0xFFFF;
        await using var books = new Books();
        await books.InitializeAsync();

        string? difference = await OracleReplay.RunAsync(books, seed, writers: 6, each: Full ? 500 : 40);

        Assert.True(difference is null, $"seed {seed}: {difference}");
        Assert.Empty(await books.Verifier.VerifyAsync(Token));
    }
}

/// <summary>One random stream, and the comparison after each of its steps.</summary>
internal sealed class OracleStream
{
    private readonly Books _books;
    private readonly int _seed;
    private readonly Random _random;
    private readonly OracleLedger _oracle = new();
    private readonly AccountSpec[] _accounts;
    private readonly List<Posting> _postings = [];
    private readonly List<HoldId> _holds = [];
    private int _step;
    private string _what = "";

    public OracleStream(Books books, int seed)
    {
        _books = books;
        _seed = seed;
        _random = new Random(seed);
        _accounts =
        [
            .. Enumerable.Range(0, 4).Select(n => Book.Customer(NewId(), "usd")), Book.Wallet("w1", "usd", owner: null),
            Book.Wallet("w2", "usd", owner: null), Book.HouseFloat("usd"), Book.Suspense("usd"), Book.GasExpense("usd"),
        ];
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task StepAsync()
    {
        if (_step++ == 0)
            await BeginAsync();
        switch (_random.Next(20))
        {
            case < 9:
                await PostAsync(Group(_random.Next(4) == 0 ? _random.Next(2, 5) : 1));
                break;
            case < 11:
                await PostAsync([Repetition()]);
                break;
            case < 14:
                await HoldAsync();
                break;
            case < 16 when _holds.Count > 0:
                HoldId released = _holds[_random.Next(_holds.Count)];
                _what = $"release {released}";
                await _books.ReleaseAsync(released, Token);
                _oracle.Release(released);
                break;
            case 16:
                await PassAsync();
                break;
            case 17:
                await ChangeAsync(_accounts[_random.Next(4)]);
                break;
            default:
                await PostAsync([Reversal()]);
                break;
        }

        await CompareAsync();
    }

    private async Task BeginAsync()
    {
        foreach (AccountSpec account in _accounts)
        {
            await _books.OnceAsync(session => _books.Store.OpenAccountAsync(session, account, Token), Token);
            _oracle.Account(account);
        }

        foreach (AccountSpec account in _accounts.Take(5))
            await SetAsync(account, limited: account != _accounts[0], overdraft: _random.Next(2) * 50, closed: false);
    }

    private Posting[] Group(int size) =>
        // Now and then one member was answered before: a group is answered again whole or judged whole.
        [.. Enumerable.Range(0, size).Select(
            n => (n == 0 && size > 1 && _random.Next(4) == 0 ? Repetition() : Any()) with { IsLinkedToNext = n < size - 1 })];

    private Posting Any()
    {
        AccountSpec from = _accounts[_random.Next(_accounts.Length)];
        AccountSpec to = _accounts[_random.Next(_accounts.Length)];
        TokenAmount amount = Units(_random.Next(1, 120));
        var lines = new List<PostingLine> { PostingLine.Debit(from, amount), PostingLine.Credit(to, amount) };
        Posting posting = Posting([.. lines]);
        switch (_random.Next(12))
        {
            case 0:
                posting = Posting(PostingLine.Debit(from, amount), PostingLine.Credit(to, Units(_random.Next(1, 120))));
                break;
            case 1:
                posting = posting with { Mode = PostingMode.UpTo };
                break;
            case < 5 when _holds.Count > 0:
                HoldId hold = _holds[_random.Next(_holds.Count)];
                bool all = _random.Next(3) == 0;
                AccountSpec source = _accounts[_random.Next(4)];
                posting = Posting(PostingLine.Debit(source, amount), PostingLine.Credit(to, amount)) with
                {
                    HoldUse = new HoldUse(hold, all ? null : Units(_random.Next(1, (int)amount.BaseUnits + 3))),
                    Mode = all ? PostingMode.HoldAll : PostingMode.Fixed,
                };
                break;
            case 5:
                AccountSpec third = _accounts[_random.Next(_accounts.Length)];
                posting = Posting([.. lines, PostingLine.Debit(third, Units(7)), PostingLine.Credit(from, Units(7))]);
                break;
        }

        return posting;
    }

    private Posting Repetition()
    {
        if (_postings.Count == 0)
            return Any();
        Posting before = _postings[_random.Next(_postings.Count)] with { IsLinkedToNext = false, Id = new LedgerTransactionId(NewId()) };
        return _random.Next(3) == 0 ? before with { Kind = "test.other" } : before;
    }

    private Posting Reversal()
    {
        if (_postings.Count == 0)
            return Any();
        Posting before = _postings[_random.Next(_postings.Count)];
        long part = _random.Next(1, 120);
        IEnumerable<PostingLine> lines = before.Lines.Select(line =>
            new PostingLine(line.Account, line.Side == EntrySide.Debit ? EntrySide.Credit : EntrySide.Debit, Units(part)));
        return Posting([.. lines]) with { Reverses = before.Id };
    }

    private async Task PostAsync(Posting[] postings)
    {
        _what = string.Join("; ", postings.Select(posting =>
            string.Join(", ", posting.Lines.Select(line => $"{line.Side} {Array.IndexOf(_accounts, line.Account)} {line.Amount}"))
            + $" {posting.Mode} {posting.HoldUse} {posting.Reverses}"));
        IReadOnlyList<OracleAnswer> expected = _oracle.Post(postings);
        IReadOnlyList<PostingOutcome> outcomes = _random.Next(2) == 0
            ? await _books.Poster.PostAsync(postings, Token)
            : await _books.OnceAsync(session => _books.Store.PostInTransactionAsync(session, postings, freeze: true, Token), Token);
        for (int item = 0; item < postings.Length; item++)
        {
            Check((expected[item].Code, expected[item].IsReplay), ((LedgerCode?)outcomes[item].Code, outcomes[item].IsReplay));
            if (outcomes[item].IsPosted)
            {
                Check(expected[item].Transaction, outcomes[item].Transaction);
                Check(
                    string.Join(",", expected[item].Lines),
                    string.Join(",", outcomes[item].Lines.Select(line => line.Balance is { } balance
                        ? (line.Version, (BigInteger?)balance.BaseUnits)
                        : (null, null))));
            }
        }

        _postings.AddRange(postings);
    }

    private async Task HoldAsync()
    {
        var request = new HoldRequest(new HoldId(NewId()), _accounts[_random.Next(_accounts.Length)].Code, Units(_random.Next(1, 90)))
        {
            Lasts = TimeSpan.FromHours(_random.Next(1, 5)),
        };
        if (_random.Next(2) == 0)
            request = request with { Lasts = null, BoundTo = $"work:{request.Id}" };
        _what = $"{request}";
        LedgerCode expected = _oracle.Place(request);
        HoldOutcome outcome = await _books.OnceAsync(session => _books.Store.PlaceHoldAsync(session, request, Token), Token);
        Check(expected, outcome.Code);
        if (outcome.Hold is { } hold)
            _holds.Add(hold);
    }

    private async Task PassAsync()
    {
        _what = "time passes";
        await _books.OwnerSqlAsync("update storage.clock_offset set shift = shift + interval '90 minutes'", Token);
        _oracle.Pass(TimeSpan.FromMinutes(90));
        if (_random.Next(2) == 0)
            return;
        await _books.SqlAsync("select ledger.sweep_holds(1000)", Token);
        _oracle.Sweep();
    }

    private Task ChangeAsync(AccountSpec account)
    {
        _what = $"change {Array.IndexOf(_accounts, account)}";
        return SetAsync(account, _oracle.Account(account).IsLimited, _random.Next(100), closed: _random.Next(6) == 0);
    }

    private async Task SetAsync(AccountSpec account, bool limited, int overdraft, bool closed)
    {
        OracleAccount known = _oracle.Account(account);
        (known.IsLimited, known.Overdraft, known.IsClosed) = (limited, overdraft, closed);
        var change = new AccountChange(account.Code, "test", "test")
        {
            DebitsMustNotExceedCredits = limited && !known.IsDebitKind,
            CreditsMustNotExceedDebits = limited && known.IsDebitKind,
            Overdraft = Units(overdraft),
            Closed = closed,
        };
        await _books.OnceAsync(
            async session =>
            {
                await _books.Store.ChangeAccountAsync(session, change, Token);
                return true;
            },
            Token);
    }

    private async Task CompareAsync()
    {
        IReadOnlyList<LedgerAccount> accounts = await _books.Queries.AccountsAsync(owner: null, after: null, 1000, Token);
        foreach ((string code, OracleAccount expected) in _oracle.Accounts)
        {
            LedgerAccount account = accounts.Single(one => one.Code == code);
            Check(
                (code, expected.Balance, expected.Held, expected.Version),
                (code, account.Balance.BaseUnits, account.Held.BaseUnits, account.Version));
        }

        string holds = (string)(await _books.SqlAsync(
            "select coalesce(string_agg(concat_ws(' ', id, state, amount - posted_amount), ',' order by id), '') from ledger.v_hold",
            Token))!;
        Check(
            string.Join(',', _oracle.Holds.OrderBy(pair => pair.Id.Value.ToString(), StringComparer.Ordinal).Select(pair =>
                $"{pair.Id.Value} {EnumText.Of(pair.Hold.State)} {pair.Hold.Remaining}")),
            holds);
    }

    private void Check<T>(T expected, T found) =>
        Assert.True(
            EqualityComparer<T>.Default.Equals(expected, found),
            $"seed {_seed}, step {_step} ({_what}): the oracle says {expected}, the books say {found}");
}
