using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>One account with its token provider, its token endpoint and its clock.</summary>
internal sealed class Account : IAsyncDisposable
{
    public Account(Action<ApiaxAuthOptions>? configure = null, IApiaxCredentialsProvider? credentials = null, string? name = null)
    {
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right" };
        configure?.Invoke(options);
        Tokens = ApiaxAccessTokens.Create(options, credentials, Endpoint, Time, Logs, name: name);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public TokenEndpointStub Endpoint { get; } = new();

    public LogBook Logs { get; } = new();

    public ApiaxAccessTokenProvider Tokens { get; }

    public Task<ApiaxAccessToken> GetAsync() => Tokens.GetTokenAsync().Soon();

    /// <summary>A call with a valid token: it does not wait.</summary>
    public ApiaxAccessToken GetAtOnce()
    {
        var token = Tokens.GetTokenAsync().AsTask();
        Assert.That(token.IsCompletedSuccessfully, "A caller waits although a token is valid.");
#pragma warning disable VSTHRD002 // It is complete.
        return token.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public Task<ApiaxAuthException> FailureAsync() => Waiting.FailureOf(Tokens.GetTokenAsync());

    /// <summary>Waits for the flight under way and returns its token; it causes no token request.</summary>
    public Task<ApiaxAccessToken> LandingAsync(ApiaxAccessToken old) => Tokens.ReplaceTokenAsync(old).Soon()!;

    public async ValueTask DisposeAsync()
    {
        Endpoint.Hold?.Open();
        await Tokens.DisposeAsync().AsTask().Soon();
        Endpoint.Dispose();
        Logs.Dispose();
    }
}
