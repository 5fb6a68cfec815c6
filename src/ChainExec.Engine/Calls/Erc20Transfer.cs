using ChainExec.Calls.Abis;
using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>Sends <paramref name="Amount"/> of an ERC-20 token held by the sender to <paramref name="Recipient"/>.</summary>
internal sealed record Erc20Transfer(Address Token, Address Recipient, TokenAmount Amount) : ITypedCall
{
    public static CallType Type { get; } = new(
        "erc20.transfer",
        "Sends an amount of a listed ERC-20 token to a recipient.",
        Erc20.TransferCall.CanonicalSignature,
        CallRisk.MovesFunds,
        [
            new AddressField("token", "The listed token contract."),
            new AddressField("recipient", "Who receives."),
            new AmountField("amount", "Base units of the token."),
        ],
        arguments =>
        {
            // Tokens sent to their own contract are gone for ever; it is the commonest slip of all.
            if (arguments.Address("recipient") == arguments.Address("token"))
                arguments.Refuse("recipient", "recipient_is_token", "The recipient is the token contract itself.");
            return new Erc20Transfer(arguments.Address("token"), arguments.Address("recipient"), arguments.Amount("amount"));
        });

    public EncodedCall Encode(Address sender) => new(
        Token,
        TokenAmount.Zero,
        new Erc20.TransferCall(Recipient, Amount.ToUInt256()).Encode(),
        [new ExpectedMovement(Token, sender, Recipient, Amount)]);
}
