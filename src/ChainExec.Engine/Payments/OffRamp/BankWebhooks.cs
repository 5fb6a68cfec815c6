using System.Text.Json;
using ChainExec.Flows;

namespace ChainExec.Payments.OffRamp;

/// <summary>Reads the bank's webhooks.</summary>
internal sealed class BankWebhooks : IInboundAdapter
{
    public string Provider => "bank";

    public IReadOnlyList<InboundEventType> Tells { get; } =
        [InboundEventType.Of<BankCredited>(), InboundEventType.Of<BankCreditReturned>()];

    public IReadOnlyList<InboundEvent>? Read(string eventId, JsonElement body) => WebhookReader.TypeOf(body) switch
    {
        "credit.booked" => [InboundEvent.Of(WebhookReader.Data<BankCredited>(body))],
        "credit.returned" => [InboundEvent.Of(WebhookReader.Data<BankCreditReturned>(body))],
        _ => null,
    };
}
