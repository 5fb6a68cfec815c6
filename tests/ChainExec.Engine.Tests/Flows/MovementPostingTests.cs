using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Flows;
using ChainExec.Ledger;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

public sealed class MovementPostingTests
{
    private static readonly Address Sender = Address.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    [Theory]
    [InlineData(true, true, "gas", "gas_expense:eth")]
    [InlineData(true, false, "gas.wasted", "gas_wasted:eth")]
    [InlineData(false, true, "gas.fill", "gas_fill:eth")]
    [InlineData(false, false, "gas.fill", "gas_fill:eth")]
    public void Gas_that_bought_nothing_is_an_expense_of_its_own(bool carriedAnIntent, bool succeeded, string kind, string account)
    {
        var gas = new Movement(MovementKind.Gas, Movement.GasLogIndex, "eth", Sender, To: null, new TokenAmount(21_000));
        var from = new OwnAccount(Sender, Guid.Empty, NativeIsCustomerMoney: false);

        BookedMovement booked = MovementPosting.OfGas(gas, from, carriedAnIntent, succeeded);

        Assert.Equal((kind, account), (booked.Kind, booked.Lines.Single(line => line.Side == EntrySide.Debit).Account.Code));
        Assert.Equal(from.Wallet(gas).Code, booked.Lines.Single(line => line.Side == EntrySide.Credit).Account.Code);
    }
}
