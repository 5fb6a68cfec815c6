using System.Buffers;

namespace ChainExec.Ledger;

/// <summary>The chart of accounts: the one place where account codes are spelled.</summary>
internal static class Book
{
    private const int PartLengthMax = 80;
    private static readonly SearchValues<char> PartCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>What we owe to an owner.</summary>
    public static AccountSpec Customer(Guid owner, string asset) =>
        new(Code("customer", owner.ToString("n"), asset), AccountKind.Liability, asset, owner);

    /// <summary>What lies at one of our addresses.</summary>
    /// <param name="address">The address in lower case: an opaque id here.</param>
    /// <param name="asset">The asset's id.</param>
    /// <param name="owner">Whose wallet it is, the same at every use; nothing for the house's own.</param>
    public static AccountSpec Wallet(string address, string asset, Guid? owner) =>
        new(Code("wallet", address, asset), AccountKind.Asset, asset, owner);

    /// <summary>What moved and no rule explains. Every unit in it is a question to an operator.</summary>
    public static AccountSpec Suspense(string asset) => 
        new(Code("suspense", asset), AccountKind.Suspense, asset, Owner: null, AccountPolicy.AppendOnly);

    /// <summary>What the house paid for execution.</summary>
    public static AccountSpec GasExpense(string asset) => 
        new(Code("gas_expense", asset), AccountKind.Expense, asset, Owner: null, AccountPolicy.AppendOnly);

    /// <summary>What the house paid for attempts that reverted.</summary>
    public static AccountSpec GasWasted(string asset) =>
        new(Code("gas_wasted", asset), AccountKind.Expense, asset, Owner: null, AccountPolicy.AppendOnly);

    /// <summary>What the house paid for transactions of its senders that carried no intent: those that only consume a nonce.</summary>
    public static AccountSpec GasFill(string asset) =>
        new(Code("gas_fill", asset), AccountKind.Expense, asset, Owner: null, AccountPolicy.AppendOnly);

    /// <summary>What the house put in of its own.</summary>
    public static AccountSpec HouseFloat(string asset) => new(Code("house_float", asset), AccountKind.Equity, asset, Owner: null);

    /// <summary>What our bank holds for us.</summary>
    public static AccountSpec Bank(string asset) => new(Code("bank", asset), AccountKind.Asset, asset, Owner: null);

    /// <summary>What a provider holds for us.</summary>
    public static AccountSpec Custodian(string provider, string asset) =>
        new(Code("custodian", provider, asset), AccountKind.Asset, asset, Owner: null);

    /// <summary>What a provider has sent and nobody has received yet.</summary>
    public static AccountSpec InTransit(string provider, string asset) =>
        new(Code("in_transit", provider, asset), AccountKind.Asset, asset, Owner: null);

    /// <summary>What we shall owe to an owner when it has arrived: not theirs to spend.</summary>
    public static AccountSpec CustomerPending(Guid owner, string asset) =>
        new(Code("customer_pending", owner.ToString("n"), asset), AccountKind.Liability, asset, owner);

    /// <summary>What an owner was lent against money that is on its way, and has not paid back.</summary>
    public static AccountSpec Receivable(Guid owner, string asset) =>
        new(Code("receivable", owner.ToString("n"), asset), AccountKind.Asset, asset, owner);

    /// <summary>
    /// What of the house's own is set aside to be lent to an owner: their limit. What is lent is held here, so that two advances at once
    /// never exceed it.
    /// </summary>
    public static AccountSpec CreditLine(Guid owner, string asset) =>
        new(Code("credit_line", owner.ToString("n"), asset), AccountKind.Equity, asset, owner);

    /// <summary>The other side of all credit lines: with them it adds up to nothing.</summary>
    public static AccountSpec LendingCapital(string asset) =>
        new(Code("lending_capital", asset), AccountKind.Equity, asset, Owner: null, AccountPolicy.AppendOnly);

    /// <summary>What an owner's account is overdrawn by, while it is written off: empty before and after.</summary>
    public static AccountSpec Overdrawn(Guid owner, string asset) =>
        new(Code("overdrawn", owner.ToString("n"), asset), AccountKind.Asset, asset, owner);

    /// <summary>What was earned by fees.</summary>
    public static AccountSpec FeeIncome(string asset) =>
        new(Code("fee_income", asset), AccountKind.Income, asset, Owner: null, AccountPolicy.AppendOnly);

    /// <summary>What was lent, or credited and taken back, and will not be paid.</summary>
    public static AccountSpec CreditLoss(string asset) =>
        new(Code("credit_loss", asset), AccountKind.Expense, asset, Owner: null, AccountPolicy.AppendOnly);

    // A separator inside a part would let two different accounts share one code.
    private static string Code(string chapter, params ReadOnlySpan<string> parts)
    {
        foreach (string part in parts)
        {
            if (part.Length is 0 or > PartLengthMax || part.AsSpan().ContainsAnyExcept(PartCharacters))
                throw new ArgumentException($"'{part}' is no part of an account code: only a-z, 0-9 and ._- are.", nameof(parts));
        }

        return $"{chapter}:{string.Join(':', parts)}";
    }
}
