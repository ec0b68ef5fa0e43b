namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The minimum that adds a token to a request: a prepared text, added without validation, for any host; the answer is not checked.</summary>
internal sealed class FloorHandler : DelegatingHandler
{
    public static readonly string Header = "Bearer " + SampleToken.Text;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("Authorization", Header);
        return base.SendAsync(request, cancellationToken);
    }
}
