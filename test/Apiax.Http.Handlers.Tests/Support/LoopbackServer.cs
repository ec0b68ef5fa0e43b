using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A web server on a real socket, for what only .NET's own handlers do: redirects and connections.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Func<LoopbackRequest, string> _answer;
    private readonly List<LoopbackRequest> _requests = [];
    private readonly Task _accepting;

    /// <param name="answer">The status line and headers of the answer, up to the blank line, and its body.</param>
    public LoopbackServer(Func<LoopbackRequest, string> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections { get; private set; }

    public IReadOnlyList<LoopbackRequest> Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    public static string Ok { get; } = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    public static string Unauthorized { get; } = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 12\r\n\r\nwho are you?";

    public static string RedirectTo(string location, int status = 307) => $"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n";

    public async ValueTask DisposeAsync()
    {
        // In this order: with a disposed listener, the loop would fail with other exceptions.
        await _stopped.CancelAsync();
        await _accepting.Soon();
        _listener.Dispose();
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stopped.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopped.Token);
                Connections++;
                _ = ServeAsync(client);
            }
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
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                while (await ReadAsync(reader) is { } request)
                {
                    lock (_requests)
                        _requests.Add(request);

                    await stream.WriteAsync(Encoding.ASCII.GetBytes(_answer(request)), _stopped.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client or the server closed the connection.
        }
    }

    private async Task<LoopbackRequest?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync(_stopped.Token) is not { Length: > 0 } start)
            return null;

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync(_stopped.Token) is { Length: > 0 } line)
            headers[line.Split(':')[0]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();

        if (headers.TryGetValue("Content-Length", out var length))
            await reader.ReadBlockAsync(new char[int.Parse(length, CultureInfo.InvariantCulture)], _stopped.Token);

        return new LoopbackRequest(start.Split(' ')[0], start.Split(' ')[1], headers["Host"], headers.GetValueOrDefault("Authorization"), headers.GetValueOrDefault("traceparent"));
    }
}

/// <summary>A request as it came over the wire, without its body.</summary>
internal sealed record LoopbackRequest(string Method, string Path, string Host, string? Authorization, string? TraceParent);
