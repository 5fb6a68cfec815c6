using System.Collections.Concurrent;
using ChainExec.Ledger;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>
/// Many writers at once, and afterwards the order in which they were judged, told by the versions that each answer carries: the oracle
/// judges in that order and must say the same.
/// </summary>
internal static class OracleReplay
{
    private const int Accounts = 5;
    private const long Funds = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Nothing when books and oracle agree, else how they differ. Exceptions of the writers are theirs.</summary>
    public static async Task<string?> RunAsync(Books books, int seed, int writers, int each)
    {
        AccountSpec wallet = Book.Wallet($"w{NewId():n}", "usd", owner: null);
        AccountSpec[] customers = [.. Enumerable.Range(0, Accounts).Select(n => Book.Customer(NewId(), "usd"))];
        var oracle = new OracleLedger();
        foreach (AccountSpec customer in customers)
        {
            Posting funding = Posting(PostingLine.Debit(wallet, Units(Funds)), PostingLine.Credit(customer, Units(Funds)));
            await books.Poster.PostAsync(funding, Token);
            oracle.Post([funding]);
            await LimitAsync(books, oracle, customer);
        }

        var done = new ConcurrentBag<Judged>();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(
            () => WriteAsync(books, customers, new Random((seed * 31) + writer), each, isDirect: writer % 2 == 0, done), Token)));
        return Replay(oracle, [.. done]) ?? await CompareAsync(books, oracle);
    }

    private static async Task LimitAsync(Books books, OracleLedger oracle, AccountSpec account)
    {
        oracle.Account(account).IsLimited = true;
        await books.OnceAsync(
            async session =>
            {
                await books.Store.ChangeAccountAsync(
                    session, new AccountChange(account.Code, "test", "test") { DebitsMustNotExceedCredits = true }, Token);
                return true;
            },
            Token);
    }

    private static async Task WriteAsync(
        Books books, AccountSpec[] customers, Random random, int each, bool isDirect, ConcurrentBag<Judged> done)
    {
        for (int n = 0; n < each; n++)
        {
            Posting[] group = [.. Enumerable.Range(0, random.Next(3) == 0 ? 3 : 1).Select(_ => Payment(customers, random))];
            for (int item = 0; item < group.Length - 1; item++)
                group[item] = group[item] with { IsLinkedToNext = true };
            IReadOnlyList<PostingOutcome> outcomes = isDirect
                ? await books.OnceAsync(session => books.Store.PostInTransactionAsync(session, group, freeze: true, Token), Token)
                : await books.Poster.PostAsync(group, Token);
            done.Add(new Judged(group, outcomes));
        }
    }

    private static Posting Payment(AccountSpec[] customers, Random random)
    {
        int from = random.Next(customers.Length);
        int to = (from + random.Next(1, customers.Length)) % customers.Length;
        TokenAmount amount = Units(random.Next(1, 150));
        return Posting(PostingLine.Debit(customers[from], amount), PostingLine.Credit(customers[to], amount));
    }

    // A posting that brought an account to a version comes after all that saw the version before it, and a refusal moves nothing.
    private static string? Replay(OracleLedger oracle, List<Judged> waiting)
    {
        while (waiting.Count > 0)
        {
            Judged? next = waiting.FirstOrDefault(judged => judged.IsRefused && judged.Sees(oracle))
                ?? waiting.FirstOrDefault(judged => !judged.IsRefused && judged.Sees(oracle)
                    && !waiting.Any(other => other.IsRefused && other.MustComeBefore(judged)));
            if (next is null)
                return $"{waiting.Count} answers carry versions that no order explains";
            waiting.Remove(next);
            IReadOnlyList<OracleAnswer> expected = oracle.Post(next.Postings);
            for (int item = 0; item < expected.Count; item++)
            {
                if (expected[item].Code != next.Outcomes[item].Code)
                    return $"the oracle says {expected[item].Code}, the books say {next.Outcomes[item].Code}";
            }
        }

        return null;
    }

    private static async Task<string?> CompareAsync(Books books, OracleLedger oracle)
    {
        foreach ((string code, OracleAccount expected) in oracle.Accounts)
        {
            LedgerAccount account = (await books.Queries.FindAccountAsync(code, Token))!;
            if ((account.Balance.BaseUnits, account.Version) != (expected.Balance, expected.Version))
                return $"{code}: the oracle says {expected.Balance} at {expected.Version}, the books {account.Balance}, {account.Version}";
        }

        return null;
    }

    private sealed class Judged
    {
        private readonly Dictionary<string, long> _seen = [];
        private readonly Dictionary<string, AccountSpec> _specs = [];

        public Judged(Posting[] postings, IReadOnlyList<PostingOutcome> outcomes)
        {
            (Postings, Outcomes) = (postings, outcomes);
            for (int item = 0; item < postings.Length; item++)
            {
                for (int line = 0; line < outcomes[item].Lines.Count; line++)
                {
                    if (outcomes[item].Lines[line].Version is not { } after)
                        continue;
                    AccountSpec account = postings[item].Lines[line].Account;
                    long version = after - (outcomes[item].IsPosted ? 1 : 0);
                    _specs[account.Code] = account;
                    _seen[account.Code] = Math.Min(version, _seen.GetValueOrDefault(account.Code, long.MaxValue));
                }
            }
        }

        public Posting[] Postings { get; }

        public IReadOnlyList<PostingOutcome> Outcomes { get; }

        public bool IsRefused => !Outcomes[0].IsPosted;

        public bool Sees(OracleLedger oracle) => _seen.All(pair => oracle.Account(_specs[pair.Key]).Version == pair.Value);

        public bool MustComeBefore(Judged posted) => _seen.Any(pair => posted._seen.GetValueOrDefault(pair.Key, -1) == pair.Value);
    }
}
