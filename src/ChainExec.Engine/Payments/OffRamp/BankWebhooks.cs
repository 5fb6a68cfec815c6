using System.Text.Json;
using ChainExec.Flows;
using ChainExec.Payments.InstantDeposit;

namespace ChainExec.Payments.OffRamp;

/// <summary>Reads the bank's webhooks.</summary>
internal sealed class BankWebhooks : IInboundAdapter
{
    public string Provider => "bank";

    public IReadOnlyList<InboundEventType> Tells { get; } =
    [
        InboundEventType.Of<BankCredited>(), InboundEventType.Of<BankCreditReturned>(), InboundEventType.Of<AchInitiated>(),
        InboundEventType.Of<AchSettled>(), InboundEventType.Of<AchReturned>(), InboundEventType.Of<AchRefused>(),
    ];

    public IReadOnlyList<InboundEvent>? Read(string eventId, JsonElement body) => WebhookReader.TypeOf(body) switch
    {
        "credit.booked" => [InboundEvent.Of(WebhookReader.Data<BankCredited>(body))],
        "credit.returned" => [InboundEvent.Of(WebhookReader.Data<BankCreditReturned>(body))],
        "ach.initiated" => [Initiated(WebhookReader.Data<AchInitiated>(body))],
        "ach.settled" => [InboundEvent.Of(WebhookReader.Data<AchSettled>(body))],
        "ach.returned" => [InboundEvent.Of(WebhookReader.Data<AchReturned>(body))],
        "ach.refused" => [InboundEvent.Of(WebhookReader.Data<AchRefused>(body))],
        _ => null,
    };

    // It is no money yet, so that nothing after this would refuse an amount of nothing.
    private static InboundEvent Initiated(AchInitiated announced) => announced.Amount.IsZero
        ? throw new JsonException("A transfer of nothing is none.")
        : InboundEvent.Of(announced) with { Claims = announced.Owner };
}
