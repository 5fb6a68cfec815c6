using ChainExec.Calls.Abis;
using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>
/// Sets the allowance of <paramref name="Spender"/> over the sender's tokens to <paramref name="Amount"/>; zero revokes it.
/// </summary>
internal sealed record Erc20Approve(Address Token, Address Spender, TokenAmount Amount) : ITypedCall
{
    public static CallType Type { get; } = new(
        "erc20.approve",
        "Sets what a spender may take of a listed ERC-20 token; zero revokes.",
        Erc20.ApproveCall.CanonicalSignature,
        CallRisk.GrantsAllowance,
        [
            new AddressField("token", "The listed token contract."),
            new AddressField("spender", "Who may spend."),
            new AmountField("amount", "Base units of the token; 0 revokes.", AllowZero: true),
        ],
        arguments => new Erc20Approve(arguments.Address("token"), arguments.Address("spender"), arguments.Amount("amount")));

    public EncodedCall Encode(Address sender) => new(
        Token, TokenAmount.Zero, new Erc20.ApproveCall(Spender, Amount.ToUInt256()).Encode(), []);
}
