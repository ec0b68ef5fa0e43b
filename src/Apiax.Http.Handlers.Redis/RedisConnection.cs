using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>The store's own connection, opened when it is first needed; after a failure, the next call tries again.</summary>
internal sealed class RedisConnection(string configuration) : IAsyncDisposable, IDisposable
{
    private readonly object _gate = new();
    private readonly PasswordRefusal _refusal = new();
    private Task<IConnectionMultiplexer>? _connecting;

    /// <exception cref="RedisConnectionException">Redis refuses the password; the client itself would retry until its timeout.</exception>
    public async Task<IConnectionMultiplexer> GetAsync()
    {
        var connecting = BeginAsync();
        if (await Task.WhenAny(connecting, _refusal.Detected).ConfigureAwait(false) != connecting)
            throw new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "WRONGPASS");

        return await connecting.ConfigureAwait(false);
    }

    public Task<IConnectionMultiplexer> BeginAsync()
    {
        lock (_gate)
        {
            // With abortConnect off it fails only for a malformed configuration, which was checked at registration.
            return _connecting is null or { IsFaulted: true } ? _connecting = Task.Run(ConnectAsync) : _connecting;
        }
    }

    /// <exception cref="ArgumentException">The text is not a StackExchange.Redis configuration.</exception>
    public static ConfigurationOptions Parse(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.ClientName ??= "Apiax.Http.Handlers";

        // An unavailable Redis must neither stop the application nor delay its calls: the client reconnects by itself.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(1000);
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connecting is { IsCompletedSuccessfully: true } connected)
            await (await connected.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    // A container that is disposed synchronously throws for a service that is only IAsyncDisposable.
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(Parse(configuration), _refusal).ConfigureAwait(false);
}
