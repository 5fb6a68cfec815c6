namespace ChainExec.Indexing;

/// <summary>A node contradicted itself or did not have what it had just named. Nothing was written; the next turn asks again.</summary>
internal sealed class NodeFaultException(string provider, string what) : Exception($"Provider {provider}: {what}")
{
    public string Provider { get; } = provider;
}
