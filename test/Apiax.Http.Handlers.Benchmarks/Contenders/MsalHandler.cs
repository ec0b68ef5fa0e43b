using System.Net.Http.Headers;
using Microsoft.Identity.Client;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>MSAL, called for each request, as its documentation requires: the token comes from its cache.</summary>
internal sealed class MsalHandler : DelegatingHandler
{
    private static readonly string[] Scopes = ["https://api.apiax.io/.default"];

    private readonly IConfidentialClientApplication _application = ConfidentialClientApplicationBuilder.Create("integration-api")
        .WithClientSecret("secret")
        .WithAuthority("https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111", validateAuthority: false)
        .WithInstanceDiscovery(enableInstanceDiscovery: false)
        .WithHttpClientFactory(new Factory())
        .Build();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await _application.AcquireTokenForClient(Scopes).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private sealed class Factory : IMsalHttpClientFactory
    {
        private static readonly HttpClient Http = new(new TokenStub());

        public HttpClient GetHttpClient() => Http;
    }
}
