using System.Net;
using System.Net.Sockets;

namespace ChainExec.TestKit;

/// <summary>Asks the operating system for a TCP port of the loopback interface that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>
    /// A port that was free a moment ago. Another process may take it first, so whoever binds it must be ready to ask again.
    /// </summary>
    public static int Take()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
