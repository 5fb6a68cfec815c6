using System.Text.Json.Nodes;

namespace ChainExec.TestKit.Simulated;

/// <summary>What goes wrong with a request. The chain's state is touched only where it is said.</summary>
public sealed record Fault
{
    private Fault(FaultKind kind, string name)
    {
        Kind = kind;
        Name = name;
    }

    /// <summary>No answer comes, and the request did not reach the node.</summary>
    public static Fault Timeout { get; } = new(FaultKind.Timeout, "timeout");

    /// <summary>No answer comes, but the node did what was asked: a send has reached the pool.</summary>
    public static Fault TimeoutAfterwards { get; } = new(FaultKind.Timeout, "timeout after") { Processes = true };

    /// <summary>The connection is reset, and the request did not reach the node.</summary>
    public static Fault Reset { get; } = new(FaultKind.Reset, "reset");

    /// <summary>The connection is reset, but the node did what was asked.</summary>
    public static Fault ResetAfterwards { get; } = new(FaultKind.Reset, "reset after") { Processes = true };

    /// <summary>The result is null: the node says that it does not know the receipt, the transaction or the block.</summary>
    public static Fault Null { get; } = new(FaultKind.Null, "null");

    /// <summary>A send is answered with the right hash and thrown away: success without inclusion.</summary>
    public static Fault AcceptAndDrop { get; } = new(FaultKind.AcceptAndDrop, "accept and drop");

    /// <summary>A send is carried out and answered with the hash of something else.</summary>
    public static Fault WrongHash { get; } = new(FaultKind.Lie, "wrong hash") { Processes = true, Change = static _ => Elsewhere };

    /// <summary>The answer is no JSON.</summary>
    public static Fault Garbage { get; } = new(FaultKind.Garbage, "garbage");

    /// <summary>HTTP status 429 with a Retry-After of one second; not carried out.</summary>
    public static Fault TooManyRequests { get; } = Status(429);

    internal FaultKind Kind { get; }

    /// <summary>Its name in the journal.</summary>
    internal string Name { get; }

    /// <summary>True when the node does what was asked all the same.</summary>
    internal bool Processes { get; private init; }

    internal int StatusCode { get; private init; }

    internal NodeErrorException? Refusal { get; private init; }

    internal Func<JsonNode?, JsonNode?> Change { get; private init; } = static answer => answer;

    private static JsonNode Elsewhere => "0x" + new string('e', 64);

    /// <summary>An HTTP status such as 500 or 502 instead of an answer; not carried out.</summary>
    public static Fault Status(int code) => new(FaultKind.Status, $"status {code}") { StatusCode = code };

    /// <summary>A JSON-RPC error; not carried out.</summary>
    public static Fault Error(int code, string message) =>
        new(FaultKind.Error, $"error {code} {message}") { Refusal = new NodeErrorException(code, message, null) };

    /// <summary>Another answer than the true one; the node did what was asked.</summary>
    public static Fault Lie(string name, Func<JsonNode?, JsonNode?> change) =>
        new(FaultKind.Lie, name) { Processes = true, Change = change };
}

/// <summary>What kind of fault it is.</summary>
internal enum FaultKind
{
    Timeout,
    Reset,
    Status,
    Null,
    AcceptAndDrop,
    Lie,
    Error,
    Garbage,
}
