using Azure.Core;
using Azure.Core.Pipeline;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Azure.Core's bearer policy. It runs in its own pipeline, not in an <see cref="HttpClient"/>: its figures include that pipeline.</summary>
internal sealed class AzurePipeline(HttpMessageHandler inner)
{
    private readonly HttpPipeline _pipeline = new(new HttpClientTransport(inner), [new BearerTokenAuthenticationPolicy(new Credential(), "https://api.apiax.io/.default")]);

    public ValueTask SendAsync(Uri uri)
    {
        var message = _pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(uri);
        return _pipeline.SendAsync(message, CancellationToken.None);
    }

    private sealed class Credential : TokenCredential
    {
        private readonly Azure.Core.AccessToken _token = new(SampleToken.Text, DateTimeOffset.MaxValue);

        public override Azure.Core.AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => _token;

        public override ValueTask<Azure.Core.AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(_token);
    }
}
