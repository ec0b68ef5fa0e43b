using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>One connection through the proxy: two streams of bytes, and the points where a fault takes effect.</summary>
internal sealed class ProxiedConnection(FaultProxy proxy, Socket client, SslStreamCertificateContext certificate, int port) : IDisposable
{
    private static readonly TimeSpan SlowHandshake = TimeSpan.FromSeconds(1);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public async Task RunAsync(CancellationToken end)
    {
        try
        {
            client.NoDelay = true;
            await HandshakeDelayAsync(end);
            await using var outside = new SslStream(new NetworkStream(client, ownsSocket: false));
            await outside.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate }, end);
            await _server.ConnectAsync(IPAddress.Loopback, port, end);
            await using var inside = new NetworkStream(_server, ownsSocket: false);
            await Task.WhenAll(RequestsAsync(outside, inside, end), AnswersAsync(inside, outside, end));
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // Either side closed the connection, or the proxy ended it, as intended.
            Break();
        }
    }

    /// <summary>Both sides see a reset.</summary>
    public void Break()
    {
        client.Close(timeout: 0);
        _server.Close(timeout: 0);
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
    }

    private async Task HandshakeDelayAsync(CancellationToken end)
    {
        if (proxy.Fault is not Fault.SlowHandshake)
            return;

        proxy.Hit(Fault.SlowHandshake);
        var lifted = proxy.Lifted;
        await (Random.Shared.Next(2) == 0 ? Task.WhenAny(lifted, Stopwatch.PauseAsync(SlowHandshake, end)) : lifted);
    }

    private async Task RequestsAsync(SslStream outside, NetworkStream inside, CancellationToken end)
    {
        var chunk = new byte[16 * 1024];
        var answered = false;
        int read;
        while ((read = await ReadAsync(outside, chunk, end)) > 0)
        {
            if (answered)
                continue;
            if (chunk.AsSpan(0, read).IndexOf("Authorization: Bearer "u8) >= 0)
                proxy.SawBearer();

            var lifted = proxy.Lifted;
            switch (Bite(Fault.Reset, Fault.Stall, Fault.Overloaded, Fault.ForbiddenPage, Fault.NotFoundPage, Fault.ProxyPage, Fault.RealmDisabled))
            {
                case Fault.Stall:
                    await lifted;
                    goto case Fault.Reset;
                case Fault.Reset:
                    Break();
                    return;
                case Fault.None:
                    await inside.WriteAsync(chunk.AsMemory(0, read), end);
                    break;
                case var fault:
                    answered = true;
                    await AnswerAsync(outside, fault, end);
                    break;
            }
        }

        Break();
    }

    private async Task AnswersAsync(NetworkStream inside, SslStream outside, CancellationToken end)
    {
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await ReadAsync(inside, chunk, end)) > 0)
        {
            switch (Bite(Fault.HalfAnswer, Fault.LostAnswer))
            {
                case Fault.HalfAnswer:
                    await outside.WriteAsync(chunk.AsMemory(0, read / 2), end);
                    client.Shutdown(SocketShutdown.Send);
                    return;
                case Fault.LostAnswer:
                    await AnswerAsync(outside, Fault.LostAnswer, end);
                    return;
                default:
                    await outside.WriteAsync(chunk.AsMemory(0, read), end);
                    break;
            }
        }

        Break();
    }

    /// <summary>The current fault, if it is one of these.</summary>
    private Fault Bite(params ReadOnlySpan<Fault> faults)
    {
        var fault = proxy.Fault;
        if (!faults.Contains(fault))
            return Fault.None;

        proxy.Hit(fault);
        return fault;
    }

    /// <summary>The gateway's own answer. The client closes the connection, since a reset could arrive before the answer.</summary>
    private async Task AnswerAsync(SslStream outside, Fault fault, CancellationToken end)
    {
        var (status, type, body) = fault switch
        {
            Fault.ForbiddenPage => ("403 Forbidden", "text/html", "<html/>"),
            Fault.NotFoundPage => ("404 Not Found", "text/html", "<html/>"),
            Fault.ProxyPage => ("407 Proxy Authentication Required", "text/html", "<html/>"),
            Fault.RealmDisabled => ("403 Forbidden", "application/json", """{"error":"access_denied","error_description":"Realm not enabled"}"""),
            Fault.LostAnswer => ("502 Bad Gateway", "text/html", ""),
            _ => ("503 Service Unavailable", "text/html", ""),
        };
        await outside.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), end);
        client.Shutdown(SocketShutdown.Send);
    }

    private static async Task<int> ReadAsync(Stream stream, Memory<byte> chunk, CancellationToken end)
    {
        try
        {
            return await stream.ReadAsync(chunk, end);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            return 0;
        }
    }
}
