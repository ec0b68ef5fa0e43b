using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Apiax.Cli.Tests;

/// <summary>A server on a loopback socket with the answers of a test; with a certificate, it uses TLS.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Func<ScriptedRequest, string?> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly List<ScriptedRequest> _requests = [];
    private readonly Task _accepting;

    /// <param name="answer">Returns the whole answer; null ends the connection.</param>
    /// <param name="certificate">The server's certificate.</param>
    public ScriptedServer(Func<ScriptedRequest, string?> answer, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<ScriptedRequest> Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    public static string Answer(int status, string body, string contentType = "application/json", string headers = "") =>
        $"HTTP/1.1 {status} Scripted\r\n{headers}Content-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopped.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The server stops.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var stream = await OpenAsync(client.GetStream());
                while (await ReadAsync(stream) is { } request)
                {
                    lock (_requests)
                        _requests.Add(request);

                    if (_answer(request) is not { } answer)
                        return;

                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stopped.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The client or the server closed the connection.
        }
    }

    private async Task<Stream> OpenAsync(NetworkStream plain)
    {
        if (_certificate is null)
            return plain;

        var encrypted = new SslStream(plain);
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stopped.Token);
        return encrypted;
    }

    private async Task<ScriptedRequest?> ReadAsync(Stream stream)
    {
        // Byte by byte, so that the body stays in the stream.
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stopped.Token) == 0)
                return null;

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var length = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } header ? int.Parse(header[15..], System.Globalization.CultureInfo.InvariantCulture) : 0;
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _stopped.Token);
        return new ScriptedRequest(lines[0].Split(' ')[0], lines[0].Split(' ')[1], head.ToString(), Encoding.UTF8.GetString(body));
    }
}

/// <summary>A request as it came over the wire.</summary>
internal sealed record ScriptedRequest(string Method, string Path, string Head, string Body);
