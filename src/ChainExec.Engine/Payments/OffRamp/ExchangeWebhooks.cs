using System.Text.Json;
using ChainExec.Flows;

namespace ChainExec.Payments.OffRamp;

/// <summary>Reads the exchange's webhooks.</summary>
internal sealed class ExchangeWebhooks : IInboundAdapter
{
    public string Provider => OffRampFlow.Exchange;

    public IReadOnlyList<InboundEventType> Tells { get; } = [InboundEventType.Of<ExchangeDeposited>()];

    public IReadOnlyList<InboundEvent>? Read(string eventId, JsonElement body) => WebhookReader.TypeOf(body) switch
    {
        "deposit.received" => [Deposited(WebhookReader.Data<ExchangeDeposited>(body))],
        _ => null,
    };

    private static InboundEvent Deposited(ExchangeDeposited deposit) => InboundEvent.Of(deposit) with { Claims = deposit.Owner };
}
