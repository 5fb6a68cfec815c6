namespace ChainExec.TestKit;

/// <summary>How a private PostgreSQL server runs.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>Whether commits are flushed to disk. On, because a test of crash safety without it proves nothing.</summary>
    public bool Fsync { get; init; } = true;

    /// <summary>
    /// Whether the cluster lies in the machine's memory, where that has room: for tests that end or cut sessions but never the server.
    /// </summary>
    public bool InMemory { get; init; }

    /// <summary>Connections that the server accepts; test classes run side by side, each with its pools.</summary>
    public int ConnectionsMax { get; init; } = 300;

    /// <summary>Further settings of the server as <c>name=value</c>, such as a library to load.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];
}
