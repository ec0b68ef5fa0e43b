using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>A proxy between the replicas and their Redis: it can hang, and keeps its port when the server stops.</summary>
internal sealed class RedisProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _connections = new();
    private readonly CancellationTokenSource _over = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _flowing = new();

    public RedisProxy(IPEndPoint server)
    {
        _server = server;
        _flowing.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Configuration => $"{_listener.LocalEndpoint}";

    /// <summary>Forwards nothing, and closes no connection.</summary>
    public void Hang() => _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Flow() => _flowing.TrySetResult();

    public void CloseConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        Flow();
        CloseConnections();
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_over.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The proxy stops, or the client has disconnected.
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        _connections[client] = _connections[server] = true;
        try
        {
            client.NoDelay = server.NoDelay = true;
            await server.ConnectAsync(_server, _over.Token);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // The server has stopped: the connection ends.
        }
        finally
        {
            _connections.TryRemove(client, out _);
            _connections.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _over.Token)) > 0)
            {
                await _flowing.Task;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _over.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException)
        {
            // Either side may close the connection at any time.
        }
    }
}
