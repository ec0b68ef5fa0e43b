using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The token endpoint: note the request, let it wait if a test says so, decide, answer.</summary>
internal sealed class TokenEndpoint(Realm realm, ApiaxSandboxOptions options)
{
    public TokenRequestLog Requests { get; } = new();

    public TokenRequestGate Gate { get; } = new();

    public FaultQueue<TokenFault> Faults { get; } = new();

    public async Task InvokeAsync(HttpContext context)
    {
        var form = await TokenForm.ReadAsync(context.Request).ConfigureAwait(false);
        var request = Note(context.Request, form);
        // Nobody waits for an answer any more when the client has gone, or when the sandbox stops.
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await Gate.PassAsync(gone.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            request.Settle(SandboxTokenOutcome.Abandoned);
            context.Abort();
            return;
        }

        await AnswerAsync(context, form, request).ConfigureAwait(false);
    }

    private SandboxTokenRequest Note(HttpRequest request, TokenForm form)
    {
        var headers = request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var noted = new SandboxTokenRequest(options.TimeProvider.GetUtcNow(), form.Fields, headers);
        Requests.Add(noted);
        return noted;
    }

    private Task AnswerAsync(HttpContext context, TokenForm form, SandboxTokenRequest request)
    {
        if (Faults.TryTake(out var fault) && !fault.IsHandledFirst)
        {
            request.Settle(SandboxTokenOutcome.Faulted);
            return fault.AnswerAsync(context);
        }

        var decision = HttpMethods.IsPost(context.Request.Method)
            ? form.Check() ?? Decide(form)
            : Refused.InvalidRequest("Method is not POST", StatusCodes.Status405MethodNotAllowed);

        // Settled ahead of the answer: whoever has the answer finds the outcome.
        if (decision is Refused refused)
            request.Settle(SandboxTokenOutcome.Refused, refused.Error);
        else
            request.Settle(SandboxTokenOutcome.Granted);

        return fault?.AnswerAsync(context) ?? TokenAnswer.WriteAsync(context.Response, decision, options.Expiry);
    }

    private TokenDecision Decide(TokenForm form) => form["grant_type"] switch
    {
        "password" => (form["username"], form["password"]) switch
        {
            (null, _) => Refused.InvalidRequest("Missing parameter: username", StatusCodes.Status401Unauthorized),
            (_, null) => Refused.WrongPassword,
            var (username, password) => realm.SignIn(username, password, form["scope"]),
        },
        "refresh_token" => form["refresh_token"] is { } refreshToken
            ? realm.Refresh(refreshToken)
            : Refused.InvalidRequest("No refresh token"),
        _ => Refused.UnsupportedGrantType,
    };
}
