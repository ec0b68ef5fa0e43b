using System.Net;
using Microsoft.Coyote.Specifications;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>One account in one schedule: the library's handler and provider, between an API and a token server.</summary>
internal sealed class Account : IAsyncDisposable
{
    private readonly SingleFlightTokenProvider _provider;
    private readonly HttpMessageInvoker _client;

    /// <param name="accepts">The password that the server accepts; the settings say "right".</param>
    /// <param name="broken">Another provider with the same flights, and a bug that must be found.</param>
    public Account(string accepts = "right", Func<TokenFlight, TimeProvider, IApiaxAccessTokenProvider>? broken = null)
    {
        Server = new TokenServer(Time) { Accepts = accepts };
        _provider = new SingleFlightTokenProvider(Server.FlyAsync, Time, () => TimeSpan.FromMinutes(1));
        Tokens = new Watched(broken?.Invoke(Server.FlyAsync, Time) ?? _provider);
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        _client = new HttpMessageInvoker(new BearerTokenHandler(Tokens, options) { InnerHandler = Api });
    }

    public ManualClock Time { get; } = new();

    public TokenServer Server { get; }

    public Api Api { get; } = new();

    public IApiaxAccessTokenProvider Tokens { get; }

    /// <summary>Calls the API, on whatever thread the schedule picks.</summary>
    public Task<HttpStatusCode> CallAsync(CancellationToken cancellationToken = default) => Task.Run(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
            using var response = await _client.SendAsync(request, cancellationToken);
            return response.StatusCode;
        },
        CancellationToken.None);

    /// <summary>Makes concurrent calls, all of which must succeed.</summary>
    public async Task CallsSucceedAsync(int number = 1)
    {
        foreach (var call in Enumerable.Range(0, number).Select(_ => CallAsync()).ToList())
            Specification.Assert(await call == HttpStatusCode.OK, "A call did not get through.");
    }

    /// <summary>Makes concurrent calls, and returns why they get no token; null for a call that succeeds.</summary>
    public async Task<IReadOnlyList<ApiaxAuthException?>> FailuresOfCallsAsync(int number = 1)
    {
        var failures = new List<ApiaxAuthException?>();
        foreach (var call in Enumerable.Range(0, number).Select(_ => CallAsync()).ToList())
        {
            try
            {
                await call;
                failures.Add(null);
            }
            catch (ApiaxAuthException failure)
            {
                failures.Add(failure);
            }
        }

        return failures;
    }

    /// <summary>The settings are read again, with this password.</summary>
    public void Reload(string password)
    {
        Server.Password = password;
        _provider.SettingsRead();
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
