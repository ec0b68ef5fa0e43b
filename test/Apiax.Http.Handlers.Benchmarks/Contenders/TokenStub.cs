using System.Net;
using System.Text;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>A token endpoint in memory; its tokens are valid for an hour.</summary>
internal sealed class TokenStub : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
        new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Content = new StringContent(SampleToken.Answer(SampleToken.Text, lifetime: 3600), Encoding.UTF8, "application/json"),
        });
}
