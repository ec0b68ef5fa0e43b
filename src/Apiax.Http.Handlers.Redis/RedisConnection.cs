using System.Net;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>The store's own connection, opened when it is first needed; after a failure, the next call tries again.</summary>
internal sealed class RedisConnection(string configuration) : IAsyncDisposable, IDisposable
{
    private readonly object _gate = new();
    private readonly ConnectionRejection _rejection = new();
    private Task<IConnectionMultiplexer>? _connecting;
    private ConnectionMultiplexer? _sentinel;

    // A rejection before the first connection says nothing about later failures.
    private volatile bool _wasConnected;

    /// <exception cref="RedisConnectionException">The password or the certificate is rejected; the client itself would retry until its timeout.</exception>
    public async Task<IConnectionMultiplexer> GetAsync()
    {
        var connecting = BeginAsync();
        if (await Task.WhenAny(connecting, _rejection.Detected).ConfigureAwait(false) == connecting)
        {
            var redis = await connecting.ConfigureAwait(false);
            _wasConnected |= redis.IsConnected;
            if (_wasConnected || !_rejection.Detected.IsCompleted)
                return redis;
        }

        throw await _rejection.Detected.ConfigureAwait(false);
    }

    public Task<IConnectionMultiplexer> BeginAsync()
    {
        lock (_gate)
        {
            // With abortConnect off and a checked configuration, it fails only if Sentinel knows no primary that can be reached.
            if (_connecting is null or { IsCompleted: true, IsCompletedSuccessfully: false })
                RedisFailure.Observe(_connecting = Task.Run(ConnectAsync));

            return _connecting;
        }
    }

    /// <exception cref="ArgumentException">The text is not a StackExchange.Redis configuration; its parts are not quoted, since any of them may be a password.</exception>
    public static ConfigurationOptions Parse(string configuration)
    {
        // The client takes a URL for the name of a server, and shows it in its errors, with the password.
        if (configuration.Split(',').Any(part => !part.Contains('=', StringComparison.Ordinal) && !part.TrimStart().StartsWith('!') && part.AsSpan().ContainsAny('@', '/')))
            throw new ArgumentException("The Redis configuration must not be a URL, and a server must not contain '@' or '/': write host:port,user=…,password=…,ssl=true.", nameof(configuration));

        if (TryParse(configuration) is not { } options)
            throw new ArgumentException("The Redis configuration is not valid: it contains an unknown name or value, or its password contains a comma.", nameof(configuration));
        if (options.EndPoints.Count == 0)
            throw new ArgumentException("The Redis configuration contains no server.", nameof(configuration));

        options.ClientName ??= "Apiax.Http.Handlers";

        // An unavailable Redis must neither stop the application nor delay its calls: the client reconnects by itself.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(1000);
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        // One that is still being opened is closed later: the end of the process does not wait for it.
        var closing = CloseAsync();
        RedisFailure.Observe(closing);
        if (_connecting is not { IsCompleted: false })
            await closing.ConfigureAwait(false);
    }

    // A container that is disposed synchronously throws for a service that is only IAsyncDisposable.
    public void Dispose() => RedisFailure.Observe(DisposeAsync().AsTask());

    private static ConfigurationOptions? TryParse(string configuration)
    {
        try
        {
            return ConfigurationOptions.Parse(configuration);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private async Task CloseAsync()
    {
        if (_connecting is { } connecting && await Task.WhenAny(connecting).ConfigureAwait(false) is { IsCompletedSuccessfully: true })
            await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        if (_sentinel is not null)
            await _sentinel.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IConnectionMultiplexer> ConnectAsync()
    {
        var options = Parse(configuration);
        if (options.ServiceName is not { Length: > 0 } service)
            return await ConnectionMultiplexer.ConnectAsync(options, _rejection).ConfigureAwait(false);

        // Without a primary the client throws, and leaves its connections to Sentinel and to the last primary open. So all attempts use the same connections to Sentinel.
        _sentinel ??= await ConnectionMultiplexer.SentinelConnectAsync(options, _rejection).ConfigureAwait(false);
        await CheckPrimaryAsync(_sentinel.GetServers(), service).ConfigureAwait(false);
        return _sentinel.GetSentinelMasterConnection(options, _rejection);
    }

    private async Task CheckPrimaryAsync(IServer[] sentinels, string service)
    {
        Exception? last = null;
        foreach (var sentinel in Array.FindAll(sentinels, server => server.IsConnected))
        {
            try
            {
                if (await sentinel.SentinelGetMasterAddressByNameAsync(service).ConfigureAwait(false) is { } primary && await IsPrimaryAsync(primary).ConfigureAwait(false))
                    return;
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException or OperationCanceledException)
            {
                // Another one may know better.
                last = failure;
            }
        }

        throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, "Sentinel knows no primary that can be reached.", last);
    }

    private async Task<bool> IsPrimaryAsync(EndPoint address)
    {
        var options = Parse(configuration);
        (options.ServiceName, options.AbortOnConnectFail) = (null, true);
        options.EndPoints.Clear();
        options.EndPoints.Add(address);
        var connection = await ConnectionMultiplexer.ConnectAsync(options, _rejection).ConfigureAwait(false);
        await using var ending = connection.ConfigureAwait(false);
        return !connection.GetServer(address).IsReplica;
    }
}
