namespace ChainExec.Indexing;

/// <summary>A node contradicted itself or did not have what it had just named. Nothing was written; the next turn asks again.</summary>
/// <param name="provider">Whose fault it is; nothing when the providers contradict each other.</param>
internal sealed class NodeFaultException(string? provider, string what) : Exception($"{provider ?? "The providers"}: {what}")
{
    public string? Provider { get; } = provider;
}
