using System.Net;
using System.Net.Sockets;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A port for a server that cannot choose its own.</summary>
internal static class FreePort
{
    /// <summary>Below the system's range for connections and listeners: the port is not taken before the server starts, or while it is stopped.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Another server uses it.
            }
        }
    }
}
