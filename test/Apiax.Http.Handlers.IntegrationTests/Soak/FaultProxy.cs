using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A TLS gateway on loopback in front of a plain server, which fails as networks and gateways do.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly ConcurrentDictionary<Fault, int> _injected = new();
    private readonly SslStreamCertificateContext _certificate;
    private readonly Func<Uri> _server;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _lifted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _fault;
    private int _bearers;

    /// <param name="certificate">Its own certificate.</param>
    /// <param name="server">The server behind it, which may come and go.</param>
    public FaultProxy(X509Certificate2 certificate, Func<Uri> server)
    {
        _certificate = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        _server = server;
        _listener.Start(backlog: 512);
        _accepting = AcceptAsync();
    }

    /// <summary>Its authority, for settings and addresses.</summary>
    public string Authority => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public Fault Fault => (Fault)_fault;

    /// <summary>Completes when the current fault is over.</summary>
    public Task Lifted => _lifted.Task;

    /// <summary>How often each fault took effect.</summary>
    public IReadOnlyDictionary<Fault, int> Injected => _injected;

    /// <summary>The number of requests with a bearer token.</summary>
    public int Bearers => _bearers;

    public void Begin(Fault fault)
    {
        _lifted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fault = (int)fault;
        if (fault is Fault.SlowHandshake)
            BreakConnections();
    }

    public void Lift()
    {
        _fault = (int)Fault.None;
        _lifted.TrySetResult();
    }

    public void BreakConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.Break();
    }

    public void Hit(Fault fault) => _injected.AddOrUpdate(fault, 1, (_, count) => count + 1);

    public void SawBearer() => Interlocked.Increment(ref _bearers);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Lift();
        await _accepting;
        BreakConnections();
        await Task.WhenAll(_connections.Values);
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new ProxiedConnection(this, await _listener.AcceptSocketAsync(_end.Token), _certificate, _server().Port);
                var serving = new TaskCompletionSource();
                _connections[connection] = serving.Task;
                _ = ServeAsync(connection, serving);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    private async Task ServeAsync(ProxiedConnection connection, TaskCompletionSource served)
    {
        using (connection)
            await connection.RunAsync(_end.Token);

        _connections.TryRemove(connection, out _);
        served.SetResult();
    }
}
