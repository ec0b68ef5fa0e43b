using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>A connection of the store's own, made when it is first needed, and made anew until there is one.</summary>
internal sealed class RedisConnection(string configuration) : IAsyncDisposable, IDisposable
{
    private readonly object _gate = new();
    private readonly PasswordRefusal _refusal = new();
    private Task<IConnectionMultiplexer>? _connecting;

    /// <exception cref="RedisConnectionException">Redis refuses the password: the client would go on trying for as long as it is patient.</exception>
    public async Task<IConnectionMultiplexer> GetAsync()
    {
        var connecting = BeginAsync();
        if (await Task.WhenAny(connecting, _refusal.Seen).ConfigureAwait(false) != connecting)
            throw new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "WRONGPASS");

        return await connecting.ConfigureAwait(false);
    }

    public Task<IConnectionMultiplexer> BeginAsync()
    {
        lock (_gate)
        {
            // With abortConnect off it fails for a malformed configuration only, which was looked at when it was registered.
            return _connecting is null or { IsFaulted: true } ? _connecting = Task.Run(ConnectAsync) : _connecting;
        }
    }

    /// <exception cref="ArgumentException">It is not a StackExchange.Redis configuration.</exception>
    public static ConfigurationOptions Parse(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.ClientName ??= "Apiax.Http.Handlers";

        // A Redis that is away must neither stop the application nor hold its calls: it comes back by itself.
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

    // A container that is disposed of synchronously accepts no service that can only be disposed of asynchronously.
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(Parse(configuration), _refusal).ConfigureAwait(false);
}
