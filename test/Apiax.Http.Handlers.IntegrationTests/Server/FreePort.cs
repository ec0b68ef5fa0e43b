using System.Net;
using System.Net.Sockets;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A port for a server that cannot choose its own.</summary>
internal static class FreePort
{
    /// <summary>Below the ports that the system gives to connections and listeners: nobody takes it before the server starts, or while it is gone.</summary>
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
                // Another server has it.
            }
        }
    }
}
