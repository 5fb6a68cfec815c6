using Xunit;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>What money does, as stories. Each has books of its own, and at the end the books prove themselves.</summary>
public sealed class MoneyScenarioTests
{
    public static TheoryData<string, string> Stories => new()
    {
        {
            "a hold is posted in parts, and what is left is given back",
            """
            open bank asset
            open alice liability limited
            open shop liability
            bank -> alice 100
            hold h1 alice 60
            alice: 100 held 60 available 40
            alice -> shop 41 = insufficient_funds        # holds count as spent
            alice -> shop 40
            h1 -> shop 45
            h1 -> shop 16 = hold_does_not_carry
            alice: 15 held 15 available 0
            void h1
            h1 -> shop 1 = hold_resolved
            alice: 15 held 0 available 15
            """
        },
        {
            "all that is left of a hold is posted, once",
            """
            open bank asset
            open alice liability limited
            open shop liability
            bank -> alice 100
            hold h1 alice 60
            h1 -> shop 10
            h1 -> shop all
            h1 -> shop all = hold_resolved
            alice: 40 held 0 available 40
            shop: 60
            """
        },
        {
            "a hold of more than there is, holds nothing",
            """
            open bank asset
            open alice liability limited
            bank -> alice 100
            hold h1 alice 70
            hold h2 alice 31 = insufficient_funds
            hold h3 alice 30
            alice: 100 held 100 available 0
            """
        },
        {
            "past its time a hold cannot be posted, counts until it is swept, and then is gone",
            """
            open bank asset
            open alice liability limited
            open shop liability
            bank -> alice 100
            hold h1 alice 60 for 10m
            hold h2 alice 10
            h1 -> shop 20
            pass 11m
            h1 -> shop 20 = hold_expired
            alice: 80 held 50 available 30
            sweep
            alice: 80 held 10 available 70
            h1 -> shop 20 = hold_resolved
            pass 30d                                     # bound to work: no time resolves it
            sweep
            alice: 80 held 10 available 70
            h2 -> shop all
            alice: 70 held 0 available 70
            """
        },
        {
            "linked postings stand or fall together, and later ones see the earlier",
            """
            open bank asset
            open alice liability limited
            open bob liability limited
            open shop liability
            bank -> alice 100
            & alice -> bob 80 = linked_failed
            & bob -> shop 30 = linked_failed
            bob -> shop 51 = insufficient_funds
            alice: 100
            bob: 0
            & alice -> bob 80
            & bob -> shop 30
            bob -> shop 50
            alice: 20
            bob: 0
            shop: 80
            """
        },
        {
            "a linked group that spends a hold gives it back when it falls",
            """
            open bank asset
            open alice liability limited
            open shop liability
            bank -> alice 100
            hold h1 alice 60
            & h1 -> shop 60 = linked_failed
            alice -> shop 41 = insufficient_funds
            alice: 100 held 60 available 40
            & h1 -> shop 60
            alice -> shop 40
            alice: 0 held 0 available 0
            """
        },
        {
            "what was posted is moved back, in parts and never more than it was",
            """
            open bank asset
            open alice liability limited
            open shop liability
            bank -> alice 100
            t1: alice -> shop 70
            r1: reverse t1 20
            alice: 50
            reverse t1 51 = reversal_exceeds
            reverse t1 = reversal_exceeds
            reverse t1 50
            reverse t1 1 = reversal_exceeds
            reverse r1 = reversal_of_reversal
            alice: 100
            shop: 0
            """
        },
        {
            "an exchange balances in each asset, through the desk's accounts",
            """
            open bank asset usd
            open alice liability usd limited
            open alice_eur liability eur limited
            open desk liability usd
            open desk_eur asset eur
            bank -> alice 100
            alice -> desk 100 + desk_eur -> alice_eur 92
            alice -> alice_eur 1 = unbalanced
            alice -> desk 1 + desk_eur -> alice_eur 1 = insufficient_funds
            alice: 0
            alice_eur: 92
            desk: 100
            desk_eur: 92
            """
        },
        {
            "up to an amount moves what is there",
            """
            open bank asset
            open alice liability limited
            open shop liability
            bank -> alice 100
            hold h1 alice 30
            alice -> shop up to 50
            alice -> shop up to 50
            alice -> shop up to 50 = insufficient_funds
            alice: 30 held 30 available 0
            shop: 70
            """
        },
        {
            "a limit moves; who is beyond it comes nearer, and no further away",
            """
            open bank asset
            open alice liability limited 50
            open shop liability
            bank -> alice 100
            alice -> shop 150
            alice -> shop 1 = insufficient_funds
            alice: -50
            overdraft alice 20
            bank -> alice 10
            alice -> shop 1 = insufficient_funds
            alice: -40
            bank -> alice 30
            alice -> shop 10
            alice: -20
            """
        },
        {
            "a closed account takes only what has happened already",
            """
            open bank asset
            open alice liability
            shut alice
            bank -> alice 5 = account_closed
            observed bank -> alice 5
            hold h1 alice 1 = account_closed
            alice: 5
            """
        },
        {
            "a closed period takes nothing; what was observed in it is booked at the first open moment",
            """
            open bank asset
            open alice liability
            on 2025-01-05 bank -> alice 10
            close 2025-01-31
            on 2025-01-20 bank -> alice 10 = period_closed
            on 2025-01-20 observed bank -> alice 7
            on 2025-02-01 bank -> alice 10
            alice: 27
            """
        },
        {
            "accounts that every flow touches take entries without limits or holds",
            """
            open bank asset
            open fees income append_only
            open alice liability limited
            bank -> alice 100
            t1: alice -> fees 3
            alice -> fees 4
            fees -> alice 1
            reverse t1 2
            fees: 4
            hold h1 fees 1 = no_holds_here
            """
        },
        {
            "yield is nobody's balance until it is attributed, and shares are redeemed at what they are worth",
            """
            open vault asset                             # what lies at the protocol
            open accrued liability                       # accrued and not attributed
            open shares liability shares                 # units of the pool, an asset of their own
            open alice liability limited
            open alice_shares asset shares limited
            open reward income
            open bank asset
            bank -> alice 100
            alice -> accrued 100 + alice_shares -> shares 100
            vault -> accrued 10                          # accrual: seen, not yet hers
            alice: 0
            accrued -> alice 104 + shares -> alice_shares 100
            accrued -> reward 6                          # our fee
            alice: 104
            accrued: 0
            """
        },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Money_does_what_the_story_says(string title, string story)
    {
        await using var books = new Books();
        await books.InitializeAsync();

        await new MoneyScenario(books).RunAsync(story);

        Assert.NotEmpty(title);
        // Stories in which days pass have nobody who seals meanwhile.
        Assert.DoesNotContain(await books.Verifier.VerifyAsync(Token), finding => finding.Check != "unsealed");
        await books.SettleAsync(Token);
        Assert.Empty(await books.Verifier.VerifyAsync(Token));
    }
}
