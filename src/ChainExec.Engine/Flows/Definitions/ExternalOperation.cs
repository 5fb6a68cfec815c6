namespace ChainExec.Flows.Definitions;

/// <summary>Something that a provider does for us when asked, as a flow names it.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Name">The operation's name there, in lower case.</param>
/// <typeparam name="TRequest">What is asked: a record, sent as JSON.</typeparam>
/// <typeparam name="TResult">What a confirmation tells: a record, read from JSON.</typeparam>
internal sealed record ExternalOperation<TRequest, TResult>(string Provider, string Name)
    where TRequest : class
    where TResult : class;

/// <summary>A result that can be read and still be none, as a sale for nothing.</summary>
internal interface IProviderResult
{
    /// <summary>What is wrong with it; nothing when it may be believed.</summary>
    string? Flaw { get; }
}

/// <summary>Why a provider did not do it: what a rule for a rejection reads.</summary>
/// <param name="Code">The provider's word for it, or <c>operator</c>.</param>
/// <param name="Detail">A sentence for people.</param>
internal sealed record Rejection(string Code, string Detail);

/// <summary>The event of a rule that has none: a branch, or a rule that waits for several. It has nothing to read.</summary>
internal sealed record Occasion
{
    public static Occasion Instance { get; } = new();
}
