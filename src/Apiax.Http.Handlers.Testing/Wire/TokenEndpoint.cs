using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The token endpoint: records the request, delays it if a test says so, decides, and answers.</summary>
internal sealed class TokenEndpoint(Realm realm, ApiaxSandboxOptions options)
{
    public TokenRequestLog Requests { get; } = new();

    public TokenRequestGate Gate { get; } = new();

    public FaultQueue<TokenFault> Faults { get; } = new();

    /// <summary>How long an ingress waits before it answers instead of the endpoint.</summary>
    public TimeSpan IngressTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    public bool RefusesHalfAssertions { get; set; }

    public async Task InvokeAsync(HttpContext context)
    {
        var form = await TokenForm.ReadAsync(context.Request).ConfigureAwait(false);
        var request = Note(context.Request, form);
        // No answer is needed after the client has disconnected or the sandbox stops.
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var handled = HandleAsync(form, request, context.RequestAborted, stopping);
        try
        {
            var answer = await handled.WaitAsync(IngressTimeout, TimeProvider.System, stopping).ConfigureAwait(false);
            await answer(context).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await TokenFault.Status(StatusCodes.Status504GatewayTimeout, retryAfter: null).AnswerAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private SandboxTokenRequest Note(HttpRequest request, TokenForm form)
    {
        var headers = request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var noted = new SandboxTokenRequest(options.TimeProvider.GetUtcNow(), form.Fields, headers);
        Requests.Add(noted);
        return noted;
    }

    /// <summary>Decides the answer regardless of the connection: an ingress may already have closed it.</summary>
    private async Task<RequestDelegate> HandleAsync(TokenForm form, SandboxTokenRequest request, CancellationToken gone, CancellationToken stopping)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, stopping);
            await Gate.PassAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Requests.Settle(request, SandboxTokenOutcome.Abandoned);
            return TokenFault.Drop.AnswerAsync;
        }

        if (Faults.TryTake(fault => fault.IsFor(request.GrantType), out var fault) && !fault.IsHandledFirst)
        {
            Requests.Settle(request, SandboxTokenOutcome.Faulted);
            return fault.AnswerAsync;
        }

        var decision = await DecideAsync(form).ConfigureAwait(false);
        // Set before the answer: a caller that has the answer sees the outcome.
        if (decision is Refused refused)
            Requests.Settle(request, SandboxTokenOutcome.Refused, refused.Error);
        else
            Requests.Settle(request, SandboxTokenOutcome.Granted);

        return context =>
        {
            context.Response.StatusCode = (decision as Refused)?.StatusCode ?? StatusCodes.Status200OK;
            return fault is null ? TokenAnswer.WriteAsync(context.Response, decision, options.Expiry) : fault.AnswerAsync(context);
        };
    }

    // The order is that of Keycloak's source.
    private async Task<TokenDecision> DecideAsync(TokenForm form)
    {
        var (clientId, grantType) = (form["client_id"], form["grant_type"]);
        if ((form.Unusable ?? realm.Refusal ?? CheckGrant(grantType) ?? CheckAssertion(form) ?? realm.CheckClient(clientId) ?? form.Duplicated ?? realm.CheckGrant(clientId!, grantType!)) is { } refused)
            return refused;

        var (refreshToken, username) = (form["refresh_token"], form["username"]);
        if (grantType == "refresh_token")
        {
            return refreshToken is null ? Refused.InvalidRequest("No refresh token")
                : CheckScope(form["scope"]) ?? realm.Refresh(refreshToken, clientId!);
        }

        return CheckScope(form["scope"]) ?? (username is null ? Refused.InvalidRequest("Missing parameter: username", StatusCodes.Status401Unauthorized)
            : await realm.SignInAsync(clientId!, username, form["password"], form["scope"]).ConfigureAwait(false));
    }

    private static Refused? CheckGrant(string? grantType) => grantType switch
    {
        null => Refused.InvalidRequest("Missing form parameter: grant_type"),
        "password" or "refresh_token" => null,
        _ => Refused.UnsupportedGrantType,
    };

    private Refused? CheckAssertion(TokenForm form) =>
        RefusesHalfAssertions && form["client_assertion_type"] is not null && string.IsNullOrEmpty(form["client_assertion"]) ? Refused.HalfAssertion : null;

    private Refused? CheckScope(string? scope) =>
        scope is null || scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(options.Scopes.Contains) ? null : Refused.InvalidScope(scope);
}
