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

    /// <summary>What the house put in of its own.</summary>
    public static AccountSpec HouseFloat(string asset) => new(Code("house_float", asset), AccountKind.Equity, asset, Owner: null);

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
