using System.Net;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The minimum that could notice a 401: the floor, and one state machine that waits for the answer.</summary>
internal sealed class LookingFloorHandler : DelegatingHandler
{
    public int Unauthorized { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("Authorization", FloorHandler.Header);
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized)
            Unauthorized++;

        return response;
    }
}
