using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Calls;

/// <summary>
/// Sets the allowance of <paramref name="Spender"/> over the sender's tokens to <paramref name="Amount"/>; zero revokes it.
/// </summary>
internal sealed record Erc20Approve(Address Token, Address Spender, TokenAmount Amount) : ITypedCall
{
    private static readonly AbiFunction Function = AbiFunction.Parse("function approve(address spender, uint256 amount) returns (bool)");

    public static CallType Type { get; } = new(
        "erc20.approve",
        "Sets what a spender may take of a listed ERC-20 token; zero revokes.",
        Function.Signature,
        CallRisk.GrantsAllowance,
        [
            new AddressField("token", "The listed token contract."),
            new AddressField("spender", "Who may spend."),
            new AmountField("amount", "Base units of the token; 0 revokes.", AllowZero: true),
        ],
        arguments => new Erc20Approve(arguments.Address("token"), arguments.Address("spender"), arguments.Amount("amount")));

    public EncodedCall Encode(Address sender) => new(Token, TokenAmount.Zero, Function.EncodeCall(Spender, Amount.ToUInt256()), []);
}
