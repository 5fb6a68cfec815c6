using System.Net;
using System.Net.Sockets;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>A port of this machine at which nobody listens: it is bound while this lives, so no other test can be given it.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
