using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ChainExec.TestKit;

/// <summary>
/// Stands between a client and a server and breaks the connection at the moment a test names: a COMMIT that never arrived, a COMMIT that
/// was done but never answered, a server that does not listen, one that says nothing.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly IPEndPoint _target;
    private readonly ConcurrentDictionary<ProxiedConnection, bool> _connections = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private TcpListener? _listener;
    private CutRule? _rule;
    private TaskCompletionSource _flowing = Flowing();
    private int _cuts;

    private TcpProxy(IPEndPoint target) => _target = target;

    /// <summary>The port on 127.0.0.1 that clients connect to. The same after <see cref="Refuse"/> and <see cref="Accept"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections => _connections.Count;

    /// <summary>How often an armed rule has cut a connection.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Starts forwarding to a port of 127.0.0.1.</summary>
    public static TcpProxy Start(int targetPort)
    {
        TcpProxy proxy = new(new IPEndPoint(IPAddress.Loopback, targetPort));
        proxy.Accept();
        return proxy;
    }

    /// <summary>
    /// Arms one cut: when a client has sent <paramref name="pattern"/>, it is forwarded; once the server has answered with
    /// <paramref name="answer"/> (any byte, if null) both sides are closed, and the client never sees that answer.
    /// </summary>
    public void CutAfterClientSends(byte[] pattern, byte[]? answer = null) => Arm(new CutRule(pattern, answer, Forward: true));

    /// <summary>
    /// Arms one cut: when a client sends <paramref name="pattern"/>, both sides are closed and the server never gets it whole.
    /// </summary>
    public void CutBeforeClientSends(byte[] pattern) => Arm(new CutRule(pattern, Answer: null, Forward: false));

    /// <summary>Arms a cut after the next COMMIT of a PostgreSQL session: the server has committed, the client does not know.</summary>
    public void CutAfterCommit() => CutAfterClientSends("COMMIT\0"u8.ToArray(), "COMMIT\0"u8.ToArray());

    /// <summary>Arms a cut before the next COMMIT of a PostgreSQL session: the server rolls back, the client does not know.</summary>
    public void CutBeforeCommit() => CutBeforeClientSends("COMMIT\0"u8.ToArray());

    /// <summary>Closes every open connection now.</summary>
    public void CutAll()
    {
        foreach (ProxiedConnection connection in _connections.Keys)
            connection.Close();
    }

    /// <summary>Stops listening, so that new connections are refused, and closes the open ones.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }

        CutAll();
    }

    /// <summary>Listens again after <see cref="Refuse"/>.</summary>
    public void Accept()
    {
        lock (_gate)
        {
            if (_listener != null)
                return;
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _ = AcceptLoopAsync(_listener);
        }
    }

    /// <summary>Holds back every byte in both directions, without closing anything, until <see cref="Resume"/>.</summary>
    public void Stall()
    {
        lock (_gate)
        {
            if (_flowing.Task.IsCompleted)
                _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets held bytes flow again.</summary>
    public void Resume()
    {
        lock (_gate)
            _flowing.TrySetResult();
    }

    /// <summary>Closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        Refuse();
        Resume();
        await Eventually.TrueAsync(
            () => Task.FromResult(_connections.IsEmpty), TimeSpan.FromSeconds(5), "proxied connections end", CancellationToken.None);
        _ending.Dispose();
    }

    internal Task UntilFlowingAsync()
    {
        lock (_gate)
            return _flowing.Task;
    }

    /// <summary>Hands the armed rule to the one connection whose client completed its pattern.</summary>
    internal CutRule? TakeRule(Func<CutRule, bool> matches)
    {
        lock (_gate)
        {
            if (_rule == null || !matches(_rule))
                return null;
            CutRule taken = _rule;
            _rule = null;
            return taken;
        }
    }

    internal void CountCut() => Interlocked.Increment(ref _cuts);

    private static TaskCompletionSource Flowing()
    {
        TaskCompletionSource flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        flowing.SetResult();
        return flowing;
    }

    private void Arm(CutRule rule)
    {
        lock (_gate)
            _rule = rule;
    }

    private async Task AcceptLoopAsync(TcpListener listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(_ending.Token);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // No longer listening: refused or disposed.
                return;
            }

            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        Socket server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        ProxiedConnection connection = new(this, client, server);
        _connections[connection] = true;
        try
        {
            await server.ConnectAsync(_target, _ending.Token);
            await connection.RunAsync();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The target does not listen, or one side is gone: the other one is told by closing it.
        }
        finally
        {
            connection.Close();
            _connections.TryRemove(connection, out _);
        }
    }
}

/// <summary>What cuts a connection.</summary>
/// <param name="Pattern">The bytes that the client sends.</param>
/// <param name="Answer">The bytes of the server's answer that must have come before the cut; null for any.</param>
/// <param name="Forward">Whether the server gets the pattern.</param>
internal sealed record CutRule(byte[] Pattern, byte[]? Answer, bool Forward);
