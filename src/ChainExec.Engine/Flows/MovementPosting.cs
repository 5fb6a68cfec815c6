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

    /// <summary>The one key under which a movement can be booked, whoever books it. A final transaction is in one block only.</summary>
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
        (string kind, AccountSpec expense) = (carriedAnIntent, succeeded) switch
        {
            (true, true) => (Gas, Book.GasExpense(movement.Asset)),
            (true, false) => (GasWasted, Book.GasWasted(movement.Asset)),
            _ => (GasFill, Book.GasFill(movement.Asset)),
        };
        return new BookedMovement(
            kind, [PostingLine.Debit(expense, movement.Amount), PostingLine.Credit(from.Wallet(movement), movement.Amount)]);
    }

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
