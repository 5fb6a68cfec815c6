using System.Numerics;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;

namespace ChainExec.Flows;

/// <summary>
/// What one final movement means in double entry. Pure. Every unit that touches our wallets lands somewhere: what no intent and no deposit
/// explains lands in suspense.
/// </summary>
internal static class MovementPosting
{
    public const string Payout = "payout";
    public const string Internal = "internal";
    public const string Deposit = "deposit";
    public const string Unexplained = "suspense";
    public const string Gas = "gas";
    public const string GasWasted = "gas.wasted";
    public const string GasFill = "gas.fill";
    public const string Explained = "suspense_explained";

    /// <summary>What an undone transaction had moved, taken back.</summary>
    public const string Undone = "undone";

    /// <summary>What moved in its place.</summary>
    public const string Restored = "restored";

    /// <summary>
    /// The one key under which a movement can be booked, whoever books it. A final transaction is in one block only; what takes the place
    /// of an undone one is booked under a key of its block.
    /// </summary>
    public static string KeyOf(ChainTransaction transaction, Movement movement) =>
        $"movement:{transaction.Chain}:{transaction.TxHash}:{movement.LogIndex}";

    /// <summary>A movement that an intent of ours caused.</summary>
    public static BookedMovement? OfIntent(Movement movement, OwnAccount? from, OwnAccount? to)
    {
        if (from is null)
            return to is null ? null : new BookedMovement(Deposit, Received(movement, to));
        if (to is null)
        {
            return new BookedMovement(
                Payout,
                [
                    PostingLine.Debit(from.Claim(movement), movement.Amount),
                    PostingLine.Credit(from.Wallet(movement), movement.Amount),
                ]);
        }

        List<PostingLine> lines = Moved(movement, from, to);
        // Between two addresses of one owner nobody's claim changes.
        if (from.Claim(movement) != to.Claim(movement))
        {
            lines.Add(PostingLine.Debit(from.Claim(movement), movement.Amount));
            lines.Add(PostingLine.Credit(to.Claim(movement), movement.Amount));
        }

        return new BookedMovement(Internal, lines);
    }

    /// <summary>A movement that nothing of ours caused: money that came in is a deposit, money that left is a question.</summary>
    public static BookedMovement? OfNobody(Movement movement, OwnAccount? from, OwnAccount? to)
    {
        if (from is null)
            return to is null ? null : new BookedMovement(Deposit, Received(movement, to));
        AccountSpec suspense = Book.Suspense(movement.Asset);
        List<PostingLine> lines =
        [
            PostingLine.Debit(suspense, movement.Amount),
            PostingLine.Credit(from.Wallet(movement), movement.Amount),
        ];
        if (to is not null)
        {
            lines.Add(PostingLine.Debit(to.Wallet(movement), movement.Amount));
            lines.Add(PostingLine.Credit(suspense, movement.Amount));
        }

        return new BookedMovement(Unexplained, lines);
    }

    /// <summary>An intent explains afterwards what was booked to suspense: the claims move, the wallets have moved already.</summary>
    public static BookedMovement Explain(Movement movement, OwnAccount from, OwnAccount? to)
    {
        AccountSpec suspense = Book.Suspense(movement.Asset);
        List<PostingLine> lines =
        [
            PostingLine.Debit(from.Claim(movement), movement.Amount),
            PostingLine.Credit(suspense, movement.Amount),
        ];
        if (to is not null)
        {
            lines.Add(PostingLine.Debit(suspense, movement.Amount));
            lines.Add(PostingLine.Credit(to.Claim(movement), movement.Amount));
        }

        return new BookedMovement(Explained, lines);
    }

    /// <summary>Gas that one of our senders paid. The house bears it, and sees apart what bought nothing.</summary>
    public static BookedMovement OfGas(Movement movement, OwnAccount from, bool carriedAnIntent, bool succeeded)
    {
        string kind = (carriedAnIntent, succeeded) switch
        {
            (true, true) => Gas,
            (true, false) => GasWasted,
            _ => GasFill,
        };
        AccountSpec expense = GasBook(kind, movement.Asset)!;
        return new BookedMovement(
            kind, [PostingLine.Debit(expense, movement.Amount), PostingLine.Credit(from.Wallet(movement), movement.Amount)]);
    }

    /// <summary>
    /// What moved in place of an undone transaction: the wallets alone, against suspense, where the undoing stands. Where the same moved
    /// again nothing is left there; nobody's claim changes by it.
    /// </summary>
    public static BookedMovement? OfRestored(Movement movement, OwnAccount? from, OwnAccount? to)
    {
        AccountSpec suspense = Book.Suspense(movement.Asset);
        var lines = new List<PostingLine>();
        if (from is not null)
            lines.AddRange([PostingLine.Debit(suspense, movement.Amount), PostingLine.Credit(from.Wallet(movement), movement.Amount)]);
        if (to is not null)
            lines.AddRange([PostingLine.Debit(to.Wallet(movement), movement.Amount), PostingLine.Credit(suspense, movement.Amount)]);
        return lines.Count == 0 ? null : new BookedMovement(Restored, lines);
    }

    /// <summary>
    /// What takes back all that a transaction has moved in the books: its wallets are where they were before, against suspense, and gas
    /// against the expense as which it was booked.
    /// </summary>
    /// <param name="kind">As what it was booked, for gas; anything else is one.</param>
    /// <param name="moved">What the wallets have on the debit side from it, each not zero.</param>
    public static BookedMovement OfUndone(string kind, IReadOnlyList<(AccountSpec Wallet, BigInteger Debit)> moved)
    {
        var lines = new List<PostingLine>();
        foreach ((AccountSpec wallet, BigInteger debit) in moved)
        {
            AccountSpec against = GasBook(kind, wallet.Asset) ?? Book.Suspense(wallet.Asset);
            var amount = new TokenAmount(BigInteger.Abs(debit));
            lines.AddRange(debit > 0
                ? [PostingLine.Debit(against, amount), PostingLine.Credit(wallet, amount)]
                : [PostingLine.Debit(wallet, amount), PostingLine.Credit(against, amount)]);
        }

        return new BookedMovement(GasBook(kind, moved[0].Wallet.Asset) is null ? Undone : kind, lines);
    }

    private static AccountSpec? GasBook(string kind, string asset) => kind switch
    {
        Gas => Book.GasExpense(asset),
        GasWasted => Book.GasWasted(asset),
        GasFill => Book.GasFill(asset),
        _ => null,
    };

    private static List<PostingLine> Moved(Movement movement, OwnAccount from, OwnAccount to) =>
    [
        PostingLine.Debit(to.Wallet(movement), movement.Amount),
        PostingLine.Credit(from.Wallet(movement), movement.Amount),
    ];

    private static IReadOnlyList<PostingLine> Received(Movement movement, OwnAccount to) =>
    [
        PostingLine.Debit(to.Wallet(movement), movement.Amount),
        PostingLine.Credit(to.Claim(movement), movement.Amount),
    ];
}

/// <summary>A movement in double entry.</summary>
/// <param name="Kind">Which rule booked it.</param>
internal sealed record BookedMovement(string Kind, IReadOnlyList<PostingLine> Lines);
