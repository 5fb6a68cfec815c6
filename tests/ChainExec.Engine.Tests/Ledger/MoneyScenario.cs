using System.Globalization;
using ChainExec.Ledger;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>
/// Stories about money, one step a line, on books of their own:
/// <code>
/// open alice liability [asset] [append_only] [limited [overdraft]]
/// bank -> alice 100 [asset] [+ …]    debit bank, credit alice; + adds lines to the same transaction; 'up to 100' moves at most that
/// t1: alice -> shop 30               the same with a name, for reversals
/// &amp; alice -> shop 30                 linked to the next line
/// hold h1 alice 60 [for 10m]         bound, or timed;      h1 -> shop 20, h1 -> shop all   posts of it;      void h1;   sweep
/// reverse t1 [10]                    in whole or in part
/// on 2026-01-05 [observed] bank -> alice 5;    close 2026-01-31;    pass 11m;    overdraft alice 50;    shut alice
/// … = code                           what the step answers; posted or held when nothing is said
/// alice: 40 held 60 available -20    what the books say
/// </code>
/// </summary>
internal sealed class MoneyScenario(Books books)
{
    private readonly Dictionary<string, AccountSpec> _accounts = [];
    private readonly Dictionary<string, LedgerTransactionId> _transactions = [];
    private readonly Dictionary<string, HoldId> _holds = [];
    private readonly Dictionary<string, string> _holdAccounts = [];
    private readonly List<(Posting Posting, string Expected, string Line)> _linked = [];
    private int _steps;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task RunAsync(string story)
    {
        foreach (string line in story.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string step = line.Split('#')[0].TrimEnd();
            if (step.Length > 0)
                await StepAsync(step);
        }
    }

    private async Task StepAsync(string line)
    {
        string[] parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
        string expected = parts.Length == 2 ? parts[1] : "";
        string[] words = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["open", ..]:
                await OpenAsync(words);
                break;
            case ["hold", var name, var account, var amount, .. var rest]:
                await HoldAsync(name, account, long.Parse(amount, CultureInfo.InvariantCulture), rest, expected, line);
                break;
            case ["void", var hold]:
                await books.ReleaseAsync(_holds[hold], Token);
                break;
            case ["sweep"]:
                await books.OnceAsync(session => session.Sql("select ledger.sweep_holds(100)").ScalarAsync<int>(Token), Token);
                break;
            case ["pass", var time]:
                string interval = time.Replace("m", " minutes").Replace("d", " days");
                await books.OwnerSqlAsync($"update storage.clock_offset set shift = shift + interval '{interval}'", Token);
                break;
            case ["close", var day]:
                await CloseAsync(day);
                break;
            case ["overdraft", var account, var amount]:
                await ChangeAsync(new AccountChange(Code(account), "test", "test") { Overdraft = Books.Units(Number(amount)) });
                break;
            case ["shut", var account]:
                await ChangeAsync(new AccountChange(Code(account), "test", "test") { Closed = true });
                break;
            case [['&', ..], .. var rest]:
                _linked.Add((Posting(rest) with { IsLinkedToNext = true }, expected, line));
                break;
            case [[.., ':'], .. var rest] when _accounts.ContainsKey(words[0].TrimEnd(':')):
                await CheckAsync(words[0].TrimEnd(':'), rest, line);
                break;
            default:
                await PostAsync(words, expected, line);
                break;
        }
    }

    private async Task OpenAsync(string[] words)
    {
        string name = words[1];
        string asset = words.Length > 3 && words[3] is not ("limited" or "append_only") ? words[3] : "usd";
        AccountPolicy policy = words.Contains("append_only") ? AccountPolicy.AppendOnly : AccountPolicy.Strict;
        var account = new AccountSpec($"s:{Books.NewId():n}:{name}", EnumText.Parse<AccountKind>(words[2]), asset, Owner: null, policy);
        _accounts.Add(name, account);
        await books.OnceAsync(session => books.Store.OpenAccountAsync(session, account, Token), Token);
        int limited = Array.IndexOf(words, "limited");
        if (limited < 0)
            return;
        bool isDebitKind = account.Kind is AccountKind.Asset or AccountKind.Expense;
        await ChangeAsync(new AccountChange(account.Code, "test", "test")
        {
            DebitsMustNotExceedCredits = !isDebitKind,
            CreditsMustNotExceedDebits = isDebitKind,
            Overdraft = limited + 1 < words.Length ? Books.Units(Number(words[limited + 1])) : null,
        });
    }

    private async Task HoldAsync(string name, string account, long amount, string[] rest, string expected, string line)
    {
        var request = new HoldRequest(new HoldId(Books.NewId()), Code(account), Books.Units(amount))
        {
            BoundTo = rest.Length == 0 ? $"work:{Books.NewId():n}" : null,
            Lasts = rest is ["for", var time] ? TimeSpan.FromMinutes(Number(time.TrimEnd('m'))) : null,
        };
        HoldOutcome outcome = await books.OnceAsync(session => books.Store.PlaceHoldAsync(session, request, Token), Token);
        Assert.Equal((line, expected.Length == 0 ? "held" : expected), (line, EnumText.Of(outcome.Code)));
        if (outcome.Hold is { } hold)
        {
            _holds.Add(name, hold);
            _holdAccounts.Add(name, account);
        }
    }

    private async Task CloseAsync(string day)
    {
        Guid id = Books.NewId();
        await books.SqlAsync($"select ledger.request_close('{id}', '{day} 00:00Z', 'accountant', 'month end')", Token);
        Assert.Equal("same_person", await books.SqlAsync($"select ledger.approve_close('{id}', 'accountant')", Token));
        Assert.Equal("approved", await books.SqlAsync($"select ledger.approve_close('{id}', 'controller')", Token));
    }

    private Task ChangeAsync(AccountChange change) => books.OnceAsync(
        async session =>
        {
            await books.Store.ChangeAccountAsync(session, change, Token);
            return true;
        },
        Token);

    private async Task PostAsync(string[] words, string expected, string line)
    {
        string? name = words[0].EndsWith(':') ? words[0].TrimEnd(':') : null;
        string[] step = name is null ? words : words[1..];
        Posting posting = step[0] == "reverse" ? await ReversalAsync(step) : Posting(step);
        _linked.Add((posting, expected, line));
        IReadOnlyList<PostingOutcome> outcomes =
            await books.Poster.PostAsync([.. _linked.Select(linked => linked.Posting)], Token);
        Assert.Equal(
            _linked.Select(linked => (linked.Line, linked.Expected.Length == 0 ? "posted" : linked.Expected)),
            _linked.Zip(outcomes, (linked, outcome) => (linked.Line, EnumText.Of(outcome.Code))));
        if (name is not null)
            _transactions[name] = outcomes[^1].Transaction!.Value;
        _linked.Clear();
    }

    private async Task<Posting> ReversalAsync(string[] words)
    {
        LedgerTransaction original = (await books.Transactions.FindAsync(_transactions[words[1]], Token))!;
        Posting posting = original.Reversal(new LedgerTransactionId(Books.NewId()), $"reverse:{Books.NewId():n}", Books.Noon);
        return words.Length < 3
            ? posting
            : posting with { Lines = [.. posting.Lines.Select(line => line with { Amount = Books.Units(Number(words[2])) })] };
    }

    private Posting Posting(string[] words)
    {
        DateTimeOffset effective = Books.Noon;
        bool observed = false;
        if (words is ["on", var day, ..])
        {
            effective = DateTimeOffset.Parse(day + "T12:00:00Z", CultureInfo.InvariantCulture);
            words = words[2..];
        }

        if (words[0] == "observed")
        {
            observed = true;
            words = words[1..];
        }

        HoldUse? use = null;
        var mode = PostingMode.Fixed;
        var lines = new List<PostingLine>();
        foreach (string[] leg in Split(words))
        {
            (string from, string to) = (leg[0], leg[2]);
            mode = leg.Contains("up") ? PostingMode.UpTo : leg[3] == "all" ? PostingMode.HoldAll : mode;
            TokenAmount amount = leg[3] == "all" ? Books.Units(1) : Books.Units(Number(leg[^1]));
            if (_holds.TryGetValue(from, out HoldId hold))
                use = new HoldUse(hold, mode == PostingMode.HoldAll ? null : amount);
            AccountSpec source = _accounts[_holdAccounts.GetValueOrDefault(from, from)];
            lines.Add(PostingLine.Debit(source, amount));
            lines.Add(PostingLine.Credit(_accounts[to], amount));
        }

        return Books.Posting([.. lines]) with
        {
            Key = $"step:{Books.NewId():n}:{_steps++}",
            EffectiveAt = effective,
            IsObserved = observed,
            HoldUse = use,
            Mode = mode,
        };
    }

    private async Task CheckAsync(string name, string[] words, string line)
    {
        LedgerAccount account = await books.AccountAsync(_accounts[name], Token);
        var said = new List<string> { account.Balance.ToString() };
        for (int word = 1; word < words.Length; word += 2)
            said.AddRange([words[word], (words[word] == "held" ? account.Held : account.Available).ToString()]);
        Assert.Equal($"{name}: {string.Join(' ', said)}", line);
    }

    private string Code(string name) => _accounts[name].Code;

    private static IEnumerable<string[]> Split(string[] words) =>
        string.Join(' ', words).Split('+', StringSplitOptions.TrimEntries).Select(leg => leg.Split(' '));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
