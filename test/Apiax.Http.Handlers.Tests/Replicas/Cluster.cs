using Apiax.Http.Handlers.Simulation;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Replicas of one service on one store, one token endpoint and one clock.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly List<Replica> _replicas = [];

    public Cluster(int replicas, Action<ApiaxAuthOptions>? configure = null)
    {
        Store = new InMemoryTokenStore(Time);
        for (var number = 0; number < replicas; number++)
            Add(configure);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public TokenEndpointStub Endpoint { get; } = new();

    public InMemoryTokenStore Store { get; }

    public IReadOnlyList<Replica> Replicas => _replicas;

    public Replica this[int number] => _replicas[number];

    /// <summary>Refresh tokens that were sent twice: a server that rotates them ends the session.</summary>
    public IEnumerable<string> ReusedRefreshTokens => Endpoint.Forms.Where(form => form["grant_type"] == "refresh_token")
        .GroupBy(form => form["refresh_token"], StringComparer.Ordinal).Where(uses => uses.Count() > 1).Select(uses => uses.Key);

    public Replica Add(Action<ApiaxAuthOptions>? configure = null, TimeProvider? clock = null, IApiaxCredentialsProvider? credentials = null)
    {
        var replica = new Replica(Endpoint, Store, clock ?? Time, configure, credentials);
        _replicas.Add(replica);
        return replica;
    }

    public Task<ApiaxAccessToken[]> GetAllAsync() => Task.WhenAll(_replicas.Select(replica => replica.GetAsync()));

    /// <summary>Every replica requests its token when it is due: each starts a background flight, and all end.</summary>
    public async Task RefreshAllAsync()
    {
        foreach (var replica in _replicas)
            await replica.RefreshAsync();
    }

    /// <summary>Advances the clock, a quarter of a second at a time, until the task completes; returns how much time passed.</summary>
    public Task<TimeSpan> PassUntilAsync(Task happened) => Time.PassUntilAsync(happened);

    /// <summary>Advances the clock until there is a result.</summary>
    public async Task<T> PassForAsync<T>(Task<T> awaited)
    {
        await PassUntilAsync(awaited);
        return await awaited;
    }

    public async ValueTask DisposeAsync()
    {
        Endpoint.Hold?.Open();
        foreach (var replica in _replicas)
            await PassUntilAsync(replica.DisposeAsync().AsTask());

        Endpoint.Dispose();
    }
}

/// <summary>One process of the service.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly Line _line;

    public Replica(TokenEndpointStub endpoint, ITokenStore store, TimeProvider time, Action<ApiaxAuthOptions>? configure, IApiaxCredentialsProvider? credentials)
    {
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        configure?.Invoke(options);
        Store = new StoreLink(store);
        _line = new Line(endpoint);
        Tokens = ApiaxAccessTokens.Create(options, credentials, _line, new ProcessClock(time), Logs, Store);
    }

    public StoreLink Store { get; }

    public ApiaxAccessTokenProvider Tokens { get; }

    public LogBook Logs { get; } = new();

    public int Requests => _line.Requests;

    /// <summary>While it is set, holds the answers to this replica's token requests.</summary>
    public Gate? Hold
    {
        get => _line.Hold;
        set => _line.Hold = value;
    }

    /// <summary>While it is set, holds this replica's token requests before they are sent.</summary>
    public Gate? HoldBefore
    {
        get => _line.HoldBefore;
        set => _line.HoldBefore = value;
    }

    /// <summary>Whether its token requests get no connection.</summary>
    public bool HasNoEgress
    {
        get => _line.IsBroken;
        set => _line.IsBroken = value;
    }

    public Task<ApiaxAccessToken> GetAsync() => Tokens.GetTokenAsync().Soon();

    public Task<ApiaxAuthException> FailureAsync() => Waiting.FailureOf(Tokens.GetTokenAsync());

    public Task<ApiaxAccessToken> ReplaceAsync(ApiaxAccessToken rejected) => Tokens.ReplaceTokenAsync(rejected).Soon()!;

    /// <summary>Requests a token that is due, and then the one that the background flight has brought.</summary>
    public async Task<ApiaxAccessToken> RefreshAsync()
    {
        var old = await GetAsync();
        await TokenReplacedAsync(old);
        return await GetAsync();
    }

    /// <summary>Completes when the background flight has brought another token.</summary>
    public Task TokenReplacedAsync(ApiaxAccessToken old) => Waiting.UntilAsync(async () => (await GetAsync()).Value != old.Value, "no flight has brought another token");

    /// <summary>Completes when a flight has succeeded or failed, at this time or later.</summary>
    public Task TriedAsync(DateTimeOffset now) => Waiting.UntilAsync(
        () => Task.FromResult(Tokens.StatusAs("replica") is { } status && (status.LastSuccessOn >= now || status.NextAttemptOn > now)), "no flight has ended");

    /// <summary>Completes when its turn has been renewed this number of times.</summary>
    public Task RenewedAsync(int times) => Waiting.UntilAsync(() => Task.FromResult(Store.Renewals >= times), "the turn has not been renewed");

    /// <summary>Completes when it has waited this number of times for another replica's turn.</summary>
    public Task WaitsAsync(int times) => Waiting.UntilAsync(() => Task.FromResult(Store.Waits >= times), "it does not wait");

    public async ValueTask DisposeAsync()
    {
        Hold?.Open();
        HoldBefore?.Open();
        Store.Hangs = false;
        await Tokens.DisposeAsync().AsTask().Soon();
        _line.Dispose();
        Logs.Dispose();
    }

    /// <summary>This replica's connection to the shared token endpoint, which it does not dispose.</summary>
    private sealed class Line(TokenEndpointStub endpoint) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _endpoint = new(endpoint, disposeHandler: false);

        public Gate? Hold { get; set; }

        public Gate? HoldBefore { get; set; }

        public bool IsBroken { get; set; }

        public int Requests { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            if (HoldBefore is { } before)
                await before.PassAsync(cancellationToken);
            if (IsBroken)
                throw new HttpRequestException(HttpRequestError.ConnectionError, "no connection");

            var answer = await _endpoint.SendAsync(request, cancellationToken);
            if (Hold is { } hold)
                await hold.PassAsync(cancellationToken);

            return answer;
        }
    }
}
