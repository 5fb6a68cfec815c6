using ChainExec.Storage;

namespace ChainExec.Governance;

/// <summary>Identifies an owner: a client of the API, to whom accounts, intents, books and events belong. <c>own_…</c> outside.</summary>
internal readonly record struct OwnerId(Guid Value) : IEntityId
{
    public const string Prefix = "own";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>A client of the API.</summary>
internal sealed record Owner(OwnerId Id, string Name, DateTimeOffset CreatedAt);

/// <summary>Who asks, as found by an API key.</summary>
internal sealed record Caller(OwnerId Owner, Guid ApiKey, string KeyName)
{
    /// <summary>How histories and audits name this caller.</summary>
    public string Actor => $"key:{ApiKey:n}";
}
