using ChainExec.Ledger;
using Xunit;

namespace ChainExec.Engine.Tests.Ledger;

public sealed class BookTests
{
    [Theory]
    [InlineData("a:b")]
    [InlineData("0xABC")]
    [InlineData("")]
    [InlineData("a b")]
    public void Part_that_could_spell_another_account_is_refused(string address) =>
        Assert.Throws<ArgumentException>(() => Book.Wallet(address, "usd", owner: null));

    [Fact]
    public void Different_accounts_have_different_codes()
    {
        Guid owner = new("00000000-0000-7000-8000-000000000001");
        AccountSpec[] accounts =
        [
            Book.Customer(owner, "usd"), Book.Customer(owner, "eur"), Book.Wallet("w1", "usd", owner), Book.Wallet("w2", "usd", owner),
            Book.Suspense("usd"), Book.GasExpense("usd"), Book.HouseFloat("usd"),
        ];

        Assert.Equal(accounts.Length, accounts.Select(account => account.Code).Distinct().Count());
    }

    [Theory]
    [InlineData("lac_000000000000002A")]
    [InlineData("lac_2a")]
    [InlineData("lac_0000000000000000")]
    [InlineData("lac_ffffffffffffffff")]
    [InlineData("txn_000000000000002a")]
    [InlineData(null)]
    public void Text_that_is_no_account_id_is_not_parsed(string? text) => Assert.False(LedgerAccountId.TryParse(text, out _));

    [Fact]
    public void Account_id_is_parsed_as_it_is_printed()
    {
        Assert.True(LedgerAccountId.TryParse("lac_000000000000002a", out LedgerAccountId id));
        Assert.Equal((42, "lac_000000000000002a"), ((int)id.Value, id.ToString()));
    }
}
