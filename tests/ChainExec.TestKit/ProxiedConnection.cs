using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ChainExec.TestKit;

/// <summary>One client's connection through a <see cref="TcpProxy"/>.</summary>
internal sealed class ProxiedConnection(TcpProxy proxy, Socket client, Socket server)
{
    private const int BufferSize = 64 * 1_024;

    // Patterns may be split over packets, so the end of what came before is kept. Bounded: only the last bytes matter.
    private const int HistoryMax = 4_096;

    private readonly List<byte> _sentByClient = [];
    private readonly List<byte> _sentByServer = [];
    private volatile CutRule? _cutting;

    /// <summary>Forwards both ways until one side closes or a rule cuts.</summary>
    public Task RunAsync() => Task.WhenAll(PumpFromClientAsync(), PumpFromServerAsync());

    /// <summary>Closes both sides; what was not forwarded is lost.</summary>
    public void Close()
    {
        client.Dispose();
        server.Dispose();
    }

    private async Task PumpFromClientAsync()
    {
        byte[] buffer = new byte[BufferSize];
        int count;
        while ((count = await client.ReceiveAsync(buffer)) > 0)
        {
            await proxy.UntilFlowingAsync();
            Remember(_sentByClient, buffer.AsSpan(0, count));
            int received = count;
            if (_cutting == null && proxy.TakeRule(rule => EndsIn(_sentByClient, received, rule.Pattern)) is { } rule)
            {
                if (!rule.Forward)
                {
                    proxy.CountCut();
                    Close();
                    return;
                }

                // Before the bytes leave: the answer must find the rule in place. Only what the server says from now on is the answer.
                lock (_sentByServer)
                    _sentByServer.Clear();
                _cutting = rule;
            }

            await server.SendAsync(buffer.AsMemory(0, count));
        }

        Close();
    }

    private async Task PumpFromServerAsync()
    {
        byte[] buffer = new byte[BufferSize];
        int count;
        while ((count = await server.ReceiveAsync(buffer)) > 0)
        {
            await proxy.UntilFlowingAsync();
            if (_cutting is { } rule && IsAnswered(rule, buffer.AsSpan(0, count)))
            {
                proxy.CountCut();
                break;
            }

            await client.SendAsync(buffer.AsMemory(0, count));
        }

        Close();
    }

    // What the server says before is for the client: it may have to say more until that answer comes.
    private bool IsAnswered(CutRule rule, ReadOnlySpan<byte> bytes)
    {
        lock (_sentByServer)
        {
            Remember(_sentByServer, bytes);
            return rule.Answer == null || EndsIn(_sentByServer, bytes.Length, rule.Answer);
        }
    }

    private static void Remember(List<byte> history, ReadOnlySpan<byte> bytes)
    {
        history.AddRange(bytes);
        if (history.Count > HistoryMax + bytes.Length)
            history.RemoveRange(0, history.Count - HistoryMax - bytes.Length);
    }

    /// <summary>
    /// Whether the pattern ends within the last <paramref name="recent"/> bytes; an older one was sent before the rule was armed.
    /// </summary>
    private static bool EndsIn(List<byte> history, int recent, byte[] pattern)
    {
        int from = Math.Max(0, history.Count - recent - (pattern.Length - 1));
        return CollectionsMarshal.AsSpan(history)[from..].IndexOf(pattern) >= 0;
    }
}
