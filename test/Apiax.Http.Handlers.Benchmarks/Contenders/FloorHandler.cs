namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The least that puts a token on a request: a text made before, added unread, to whatever host; the answer is not looked at.</summary>
internal sealed class FloorHandler : DelegatingHandler
{
    public static readonly string Header = "Bearer " + SampleToken.Text;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("Authorization", Header);
        return base.SendAsync(request, cancellationToken);
    }
}
