using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Lets a call through to its stub only with a live access token (<see href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</see>).</summary>
internal sealed class BearerCheck(Realm realm)
{
    private int _passed;
    private int _unauthorized;
    private volatile bool _rejectEveryToken;

    public FaultQueue<HttpStatusCode> Faults { get; } = new();

    public int Passed => Volatile.Read(ref _passed);

    public int Unauthorized => Volatile.Read(ref _unauthorized);

    public bool RejectEveryToken
    {
        get => _rejectEveryToken;
        set => _rejectEveryToken = value;
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        HttpStatusCode? fault = null;
        if (!IsAuthorized(context.Request) || (fault = NextFault()) is HttpStatusCode.Unauthorized)
        {
            // Counted ahead of the answer: whoever has the answer finds it counted.
            Interlocked.Increment(ref _unauthorized);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
            return;
        }

        Interlocked.Increment(ref _passed);
        if (fault is { } status)
            context.Response.StatusCode = (int)status;
        else
            await next(context).ConfigureAwait(false);
    }

    private bool IsAuthorized(HttpRequest request) =>
        !_rejectEveryToken
        && AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization)
        && authorization is { Parameter: { } token }
        && authorization.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        && realm.Accepts(token);

    private HttpStatusCode? NextFault() => Faults.TryTake(out var status) ? status : null;
}
