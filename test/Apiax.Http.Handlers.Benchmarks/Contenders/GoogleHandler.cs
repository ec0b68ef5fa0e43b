using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Flows;
using Google.Apis.Auth.OAuth2.Responses;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Google.Apis.Auth: its user credential, called for each request, as its own handler does.</summary>
internal sealed class GoogleHandler : DelegatingHandler
{
    private readonly UserCredential _credential = new(
        new GoogleAuthorizationCodeFlow(new GoogleAuthorizationCodeFlow.Initializer { ClientSecrets = new ClientSecrets { ClientId = "id", ClientSecret = "secret" } }),
        "anna",
        new TokenResponse { AccessToken = SampleToken.Text, RefreshToken = "refresh", ExpiresInSeconds = 3600, IssuedUtc = TimeProvider.System.GetUtcNow().UtcDateTime });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await _credential.InterceptAsync(request, cancellationToken).ConfigureAwait(false);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
