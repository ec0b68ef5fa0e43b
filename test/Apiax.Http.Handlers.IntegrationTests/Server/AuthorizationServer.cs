using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// A real authorization server of others (OpenIddict), with the API that accepts its tokens, on sockets in this process.
/// The <see cref="TimeProvider"/> is the clock of both.
/// </summary>
internal sealed class AuthorizationServer : IAsyncDisposable
{
    private readonly Account _account = new();
    private readonly ServerKeys _keys = new();
    private readonly ServerDatabase _database = new();
    private readonly ServerLog _log = new();
    private readonly AuthorizationServerOptions _options = new();
    private readonly TimeProvider _time;
    private readonly WebApplication _api;
    private WebApplication? _tokens;
    private Ports _tokenPorts = Ports.Any;

    private AuthorizationServer(TimeProvider time)
    {
        _time = time;
        _api = ApiHost.Create(_keys, _database, _time, _options, _log);
    }

    public string Username => _account.Username;

    public string Password => _account.Password;

    public X509Certificate2 Certificate => _keys.Certificate;

    public Uri TokenEndpoint => new($"http://127.0.0.1:{_tokenPorts.Http}/{TokenHost.Path}");

    public Uri SecureTokenEndpoint => new($"https://localhost:{_tokenPorts.Https}/{TokenHost.Path}");

    public Uri ApiBaseAddress => new($"http://127.0.0.1:{Ports.Of(_api).Http}");

    public Uri SecureApiBaseAddress => new($"https://localhost:{Ports.Of(_api).Https}");

    public IReadOnlyList<TokenRequest> TokenRequests => [.. _log.TokenRequests];

    /// <summary>Password logins that succeeded: each is a session on the server.</summary>
    public int Logins => TokenRequests.Count(request => request is { GrantType: GrantTypes.Password, Error: null });

    /// <summary>Refreshes that succeeded.</summary>
    public int Refreshes => TokenRequests.Count(request => request is { GrantType: GrantTypes.RefreshToken, Error: null });

    public int InvalidGrants => TokenRequests.Count(request => request.Error is Errors.InvalidGrant);

    public IReadOnlyList<ApiCall> ApiCalls => [.. _log.ApiCalls];

    /// <summary>The token that the API accepted last.</summary>
    public string? LastToken => _log.LastApiCall?.Token;

    public int ApiCallsPassed => ApiCalls.Count(call => call.Status == 200);

    public int ApiCallsRefused => ApiCalls.Count(call => call.Status == 401);

    public static async Task<AuthorizationServer> StartAsync(TimeProvider time, Action<AuthorizationServerOptions>? configure = null)
    {
        var server = new AuthorizationServer(time);
        configure?.Invoke(server._options);
        await server._api.StartAsync();
        await server.StartAgainAsync();
        await server.InDatabaseAsync(TokenHost.RegisterClientAsync);
        return server;
    }

    /// <summary>Stops the token endpoint; the API continues.</summary>
    public async Task StopAsync()
    {
        await _tokens!.StopAsync();
        await _tokens.DisposeAsync();
        _tokens = null;
    }

    /// <summary>Starts the token endpoint again, with the same ports, keys and database.</summary>
    public async Task StartAgainAsync()
    {
        _tokens = TokenHost.Create(_tokenPorts, _keys, _database, _time, new TokenEvents(_account, _options, _log), _options, _log);
        await _tokens.StartAsync();
        _tokenPorts = Ports.Of(_tokens);
    }

    public void ChangePassword(string password) => _account.Password = password;

    /// <summary>Changes options that are read for each request.</summary>
    public void Change(Action<AuthorizationServerOptions> change) => change(_options);

    /// <summary>Revokes every access token; refresh tokens stay valid.</summary>
    public Task RevokeAccessTokensAsync() => InDatabaseAsync(services => services.GetRequiredService<IOpenIddictTokenManager>()
        .RevokeAsync(subject: null, client: null, status: null, TokenTypeIdentifiers.AccessToken).AsTask());

    /// <summary>Ends every session, with its access tokens and its refresh token.</summary>
    public Task EndSessionsAsync() => InDatabaseAsync(services => ServerDatabase.AtOnceAsync(services, async () =>
    {
        await services.GetRequiredService<IOpenIddictAuthorizationManager>().RevokeAsync(null, null, null, null);
        await services.GetRequiredService<IOpenIddictTokenManager>().RevokeAsync(null, null, null, null);
    }));

    /// <summary>How many refresh tokens the server would accept now.</summary>
    public async Task<int> LiveRefreshTokensAsync()
    {
        var live = 0;
        await InDatabaseAsync(async services =>
        {
            await foreach (var _ in services.GetRequiredService<IOpenIddictTokenManager>().FindAsync(null, null, Statuses.Valid, TokenTypeIdentifiers.RefreshToken))
                live++;
        });
        return live;
    }

    /// <summary>Deletes all sessions and tokens from the database.</summary>
    public Task LoseDatabaseAsync() => InDatabaseAsync(ServerDatabase.ForgetSessionsAsync);

    /// <summary>Returns and removes the log, so that a long run does not keep all of it.</summary>
    public (IReadOnlyList<TokenRequest> TokenRequests, IReadOnlyList<ApiCall> ApiCalls) TakeLog() => (Take(_log.TokenRequests), Take(_log.ApiCalls));

    /// <summary>Token requests wait at the server until the gate is opened.</summary>
    public Gate HoldTokenRequests(int expected = 1) => _log.TokenGate = new Gate(expected);

    /// <summary>API calls wait at the API, their tokens not yet checked, until the gate is opened.</summary>
    public Gate HoldApiCalls(int expected) => _log.ApiGate = new Gate(expected);

    /// <summary>Completes when this number of token requests has been answered.</summary>
    public Task AnsweredAsync(int tokenRequests) => _log.AnsweredAsync(tokenRequests);

    public async ValueTask DisposeAsync()
    {
        _log.TokenGate?.Open();
        _log.ApiGate?.Open();
        if (_tokens is not null)
            await StopAsync();

        await _api.StopAsync();
        await _api.DisposeAsync();
        _log.Dispose();
        _database.Dispose();
        _keys.Dispose();
    }

    private static List<T> Take<T>(ConcurrentQueue<T> queue)
    {
        var taken = new List<T>();
        while (queue.TryDequeue(out var entry))
            taken.Add(entry);

        return taken;
    }

    private async Task InDatabaseAsync(Func<IServiceProvider, Task> work)
    {
        await using var scope = _api.Services.CreateAsyncScope();
        await work(scope.ServiceProvider);
    }
}
