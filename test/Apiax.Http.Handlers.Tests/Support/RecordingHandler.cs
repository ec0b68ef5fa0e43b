namespace Apiax.Http.Handlers.Tests;

/// <summary>A handler of the application that records the requests that it sends on.</summary>
internal sealed class RecordingHandler : DelegatingHandler
{
    /// <summary>The Authorization headers that passed; null where there was none.</summary>
    public List<string?> Authorizations { get; } = [];

    /// <summary>Whether a request still had one when the inner handler returned.</summary>
    public bool HadAuthorizationAfterwards { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Authorizations)
            Authorizations.Add(request.Headers.Authorization?.ToString());

        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            HadAuthorizationAfterwards |= request.Headers.Authorization is not null;
        }
    }
}
