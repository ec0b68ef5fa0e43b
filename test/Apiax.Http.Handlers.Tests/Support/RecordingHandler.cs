namespace Apiax.Http.Handlers.Tests;

/// <summary>A handler of the application: sees what passes it on its way out.</summary>
internal sealed class RecordingHandler : DelegatingHandler
{
    /// <summary>The Authorization headers that passed; null where there was none.</summary>
    public List<string?> Authorizations { get; } = [];

    /// <summary>Whether a request had any when it came back.</summary>
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
