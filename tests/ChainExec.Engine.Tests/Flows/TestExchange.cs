using System.Collections.Concurrent;
using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>A provider with a ledger of its own: what it sold, by key. What it answers, and whether at all, a test decides.</summary>
internal sealed class TestExchange : IFlowProvider
{
    private readonly ConcurrentDictionary<string, int> _done = new();

    public string Name => "exchange";

    public ProviderCapability Capability { get; set; } = ProviderCapability.IdempotentKey;

    public TimeSpan SettleWindow { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan KeyLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>What happens to the n-th request; null does it and confirms.</summary>
    public Func<int, ProviderRequest, ProviderAnswer?>? Script { get; set; }

    /// <summary>Whether a scripted answer hides that it was done all the same.</summary>
    public bool DoesItAnyway { get; set; }

    /// <summary>Whether it does the same key twice, although it says otherwise.</summary>
    public bool ForgetsKeys { get; set; }

    public int Sends { get; private set; }

    public int Enquiries { get; private set; }

    /// <summary>How often each key was sold.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    public Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellationToken)
    {
        ProviderAnswer? scripted;
        try
        {
            scripted = Script?.Invoke(Sends++, request);
        }
        catch (InvalidOperationException)
        {
            Do(request);
            throw;
        }

        if (scripted is null || DoesItAnyway)
            Do(request);
        return Task.FromResult(scripted ?? Sold(request));
    }

    public Task<ProviderAnswer> EnquireAsync(ProviderRequest request, CancellationToken cancellationToken)
    {
        Enquiries++;
        return Task.FromResult(_done.ContainsKey(request.Key) ? Sold(request) : new ProviderAnswer.NotFound());
    }

    private void Do(ProviderRequest request) =>
        _done.AddOrUpdate(request.Key, 1, (_, times) => Capability == ProviderCapability.IdempotentKey && !ForgetsKeys ? times : times + 1);

    private static ProviderAnswer Sold(ProviderRequest request)
    {
        var order = request.Body.Deserialize<SellOrder>(FactJson.Options)!;
        var sale = new Sale($"order-{order.Transfer}", order.Amount);
        return new ProviderAnswer.Confirmed(JsonSerializer.SerializeToElement(sale, FactJson.Options));
    }
}
