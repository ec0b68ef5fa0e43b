using System.Net.Http.Headers;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>What <c>DefaultRequestHeaders.Authorization</c> does for each request of an <see cref="HttpClient"/>: one parsed value for all of them.</summary>
internal sealed class HardCodedHandler : DelegatingHandler
{
    private static readonly AuthenticationHeaderValue Header = new("Bearer", SampleToken.Text);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = Header;
        return base.SendAsync(request, cancellationToken);
    }
}
