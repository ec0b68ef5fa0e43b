using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>
/// Lets a call through to its stub only with a valid access token (<see href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</see>), and rejects others like
/// Keycloak's userinfo.
/// </summary>
internal sealed class BearerCheck(Realm realm)
{
    private const string Unverified = "Token verification failed";

    private int _passed;
    private int _unauthorized;
    private volatile bool _rejectEveryToken;

    public FaultQueue<int> Faults { get; } = new();

    public int Passed => Volatile.Read(ref _passed);

    public int Unauthorized => Volatile.Read(ref _unauthorized);

    public bool RejectEveryToken
    {
        get => _rejectEveryToken;
        set => _rejectEveryToken = value;
    }

    /// <summary>The status that a token is rejected with.</summary>
    public int RejectionStatus { get; set; } = StatusCodes.Status401Unauthorized;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var token = TokenOf(context.Request);
        var rejection = token.Length == 0 ? null : _rejectEveryToken ? Unverified : realm.Rejection(token);
        if (token.Length == 0 || rejection is not null)
        {
            Reject(context.Response, rejection, RejectionStatus);
            return;
        }

        if (!Faults.TryTake(_ => true, out var status))
        {
            Interlocked.Increment(ref _passed);
            await next(context).ConfigureAwait(false);
        }
        else if (status == StatusCodes.Status401Unauthorized)
        {
            Reject(context.Response, Unverified, status);
        }
        else
        {
            Interlocked.Increment(ref _passed);
            context.Response.StatusCode = status;
        }
    }

    private static string TokenOf(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization)
        && authorization.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? authorization.Parameter ?? "" : "";

    private void Reject(HttpResponse response, string? why, int status)
    {
        // Counted before the answer: a caller that has the answer sees the count.
        Interlocked.Increment(ref _unauthorized);
        response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = why is null ? "Bearer realm=\"apiax\"" : $"Bearer realm=\"apiax\", error=\"invalid_token\", error_description=\"{why}\"";
    }
}
