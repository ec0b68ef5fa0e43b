using Microsoft.Kiota.Abstractions.Authentication;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>A token at no cost, so that Kiota's handler is measured and nothing else.</summary>
internal sealed class KiotaTokens : Microsoft.Kiota.Abstractions.Authentication.IAccessTokenProvider
{
    private static readonly Task<string> Token = Task.FromResult(SampleToken.Text);

    public AllowedHostsValidator AllowedHostsValidator { get; } = new(["api.apiax.io", "127.0.0.1"]);

    public Task<string> GetAuthorizationTokenAsync(
        Uri uri, Dictionary<string, object>? additionalAuthenticationContext = null, CancellationToken cancellationToken = default) => Token;
}
