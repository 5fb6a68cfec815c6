using System.Text.Json;

namespace ChainExec.Flows;

/// <summary>What a provider lets us do when we do not know whether it did what we asked.</summary>
internal enum ProviderCapability
{
    /// <summary>The same key again does it once: we ask again.</summary>
    IdempotentKey,

    /// <summary>It can be asked by our reference what became of it.</summary>
    EnquiryByOurReference,

    /// <summary>Neither: an operator decides.</summary>
    Neither,
}

/// <summary>A request to a provider. The key is one for the life of the effect: its idempotency key, and our reference.</summary>
internal sealed record ProviderRequest(string Operation, string Key, JsonElement Body);

/// <summary>What came of asking a provider.</summary>
internal abstract record ProviderAnswer
{
    private ProviderAnswer()
    {
    }

    /// <summary>It is done, for good.</summary>
    internal sealed record Confirmed(JsonElement Result) : ProviderAnswer;

    /// <summary>It is not done and will not be.</summary>
    internal sealed record Rejected(string Code, string Detail) : ProviderAnswer;

    /// <summary>The provider says that it did not take it, as when it is busy: asking again is safe whatever it can.</summary>
    internal sealed record NotTaken(string Detail) : ProviderAnswer;

    /// <summary>No answer, or one that says nothing: it may be done.</summary>
    internal sealed record Unclear(string Detail) : ProviderAnswer;

    /// <summary>To an enquiry: it never came. Counts only after the settle window.</summary>
    internal sealed record NotFound : ProviderAnswer;
}

/// <summary>A bank or a provider that effects of flows ask. Answers; throws only for what it does not understand.</summary>
internal interface IFlowProvider
{
    /// <summary>As <see cref="Definitions.ExternalOperation{TRequest, TResult}.Provider"/> names it.</summary>
    string Name { get; }

    ProviderCapability Capability { get; }

    /// <summary>How long a request may be under way there before "not found" means that it never came.</summary>
    TimeSpan SettleWindow { get; }

    /// <summary>How long it remembers a key. Later nothing that it may have taken is sent again: it would be done twice.</summary>
    TimeSpan KeyLifetime { get; }

    Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellationToken);

    /// <summary>Only for providers with <see cref="ProviderCapability.EnquiryByOurReference"/>.</summary>
    Task<ProviderAnswer> EnquireAsync(ProviderRequest request, CancellationToken cancellationToken);
}
