using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>Sends <paramref name="Amount"/> wei of the chain's native coin to <paramref name="Recipient"/>.</summary>
internal sealed record NativeTransfer(Address Recipient, TokenAmount Amount) : ITypedCall
{
    public static CallType Type { get; } = new(
        "native.transfer",
        "Sends an amount of the chain's native coin to a recipient.",
        Signature: null,
        CallRisk.MovesFunds,
        [
            new AddressField("recipient", "Who receives."),
            new AmountField("amount", "Wei."),
        ],
        arguments => new NativeTransfer(arguments.Address("recipient"), arguments.Amount("amount")));

    public EncodedCall Encode(Address sender) => new(
        Recipient, Amount, ReadOnlyMemory<byte>.Empty, [new ExpectedMovement(Contract: null, sender, Recipient, Amount)]);
}
