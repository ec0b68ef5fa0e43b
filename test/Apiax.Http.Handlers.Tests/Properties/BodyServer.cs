using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>A web server on a real socket that reads bodies to their last byte, and answers each call by a script.</summary>
internal sealed class BodyServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, Call> _calls = new(StringComparer.Ordinal);
    private int _number;

    public BodyServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Authority => _listener.LocalEndpoint.ToString()!;

    /// <param name="script">The statuses, one for each request; 200 after that.</param>
    public Call Open(IEnumerable<int> script)
    {
        var path = $"/{Interlocked.Increment(ref _number)}";
        return _calls[path] = new Call(new Uri($"http://{Authority}{path}"), new Queue<int>(script));
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server stops.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            await using var stream = new BufferedStream(client.GetStream(), 16 * 1024);
            try
            {
                while (await ReadLineAsync(stream) is { Length: > 0 } start)
                    await AnswerAsync(stream, start.Split(' '));
            }
            catch (IOException)
            {
                // The client closes the connection in the middle.
            }
        }
    }

    private async Task AnswerAsync(BufferedStream stream, string[] start)
    {
        var headers = new List<string>();
        while (await ReadLineAsync(stream) is { Length: > 0 } line)
            headers.Add(line);

        var call = _calls[start[1]];
        call.Received.Add(new ReceivedBody(
            start[0],
            string.Join('\n', headers.Where(header => header.StartsWith("Content-", StringComparison.Ordinal) || header.StartsWith("Transfer-", StringComparison.Ordinal))),
            await ReadBodyAsync(stream, headers)));
        var status = call.Script.TryDequeue(out var next) ? next : 200;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{(status / 100 is 3 ? $"Location: {start[1]}\r\n" : "")}\r\n"));
        await stream.FlushAsync();
    }

    private static async Task<byte[]> ReadBodyAsync(BufferedStream stream, List<string> headers)
    {
        if (headers.Find(header => header.StartsWith("Content-Length:", StringComparison.Ordinal)) is { } length)
            return await ReadAsync(stream, int.Parse(length.Split(':')[1], CultureInfo.InvariantCulture));

        if (!headers.Contains("Transfer-Encoding: chunked", StringComparer.Ordinal))
            return [];

        var body = new List<byte>();
        while (int.Parse(await ReadLineAsync(stream) ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.AddRange(await ReadAsync(stream, size));
            await ReadLineAsync(stream);
        }

        await ReadLineAsync(stream);
        return [.. body];
    }

    private static async Task<byte[]> ReadAsync(BufferedStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<string?> ReadLineAsync(BufferedStream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) > 0)
        {
            if (one[0] == '\n')
                return line.ToString(0, line.Length - 1);

            line.Append((char)one[0]);
        }

        return null;
    }

    /// <summary>One call, with all its sends.</summary>
    internal sealed record Call(Uri Uri, Queue<int> Script)
    {
        public List<ReceivedBody> Received { get; } = [];
    }

    /// <summary>What came over the wire in one send.</summary>
    internal sealed record ReceivedBody(string Method, string Headers, byte[] Bytes)
    {
        public bool Is(ReceivedBody other) => Method == other.Method && Headers == other.Headers && Bytes.AsSpan().SequenceEqual(other.Bytes);

        public override string ToString() => $"{Method} {Bytes.Length} B, {Headers.Replace('\n', ',')}";
    }
}
