namespace Apiax.Cli;

/// <summary>Does a token endpoint answer?</summary>
internal static class EndpointLink
{
    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken) => Evaluate(context, await context.Answer!);

    private static Finding Evaluate(CheckContext context, Probe probe)
    {
        var endpoint = Addresses.Of(context.Options.TokenEndpoint);
        if (probe.Failure is not null)
        {
            return Finding.Broken(
                probe.IsLate ? $"{endpoint} does not answer within {DurationText.Of(context.Options.AttemptTimeout)}" : $"{endpoint} closes the connection without an answer",
                "Try again in a few minutes. If this continues, ask your network team what is between this machine and the server, and Apiax whether the service is available.");
        }

        var answer = $"{endpoint} answers {(int)probe.Status} ({context.Untrusted.Of(probe.ContentType ?? "no content type", 60)})";
        var error = probe.Body?.Error;
        return (int)probe.Status switch
        {
            >= 300 and < 400 => Finding.Broken(
                $"{answer} and points to {(probe.Location is { IsAbsoluteUri: true } other ? context.Untrusted.Of(Addresses.Of(other)) : "another address")}",
                "Redirects are not followed with a password. Set TokenEndpoint to the final address, if you trust it. If not, ask your network team what answers here (a login page of the network?)."),
            408 or 429 or >= 500 => Finding.Broken($"{answer}: it is overloaded or down", "Try again in a few minutes."),
            400 or 401 when IsAboutRequest(error) => Finding.Ok($"{endpoint} is a token endpoint ({(int)probe.Status} {error}, since the request has no grant)"),
            400 or 401 or 403 when probe.IsEmpty => Finding.Ok($"{answer}, since the request has no grant"),
            >= 400 when error is "access_denied" => Finding.Broken($"{answer}, {Quoted(probe, context)}: the realm is disabled", "Ask Apiax when it will be enabled again."),
            >= 400 when !string.IsNullOrWhiteSpace(error) => Finding.Broken(
                $"{answer}, {Quoted(probe, context)}: the server has no such realm, or refuses every request",
                "Check the realm in TokenEndpoint (…/realms/REALM/…) and the path. No password was sent."),
            404 or 405 or 410 => Finding.Broken($"{answer}: no token endpoint is at this address", "Check the path in TokenEndpoint."),
            407 => Finding.Broken($"{answer}: a proxy requires a user name and a password", "Ask your network team for a proxy that this machine may use."),
            _ => Finding.Broken($"{answer}, which is not the answer of a token endpoint", "Check TokenEndpoint. If it is correct, a proxy or a firewall answers instead of the server: ask your network team."),
        };
    }

    // The errors of a token endpoint for a request without a grant, or with an unknown client (RFC 6749 §5.2).
    private static bool IsAboutRequest(string? error) =>
        error is "invalid_request" or "invalid_client" or "invalid_grant" or "unauthorized_client" or "unsupported_grant_type" or "invalid_scope";

    private static string Quoted(Probe probe, CheckContext context) =>
        context.Untrusted.Of(probe.Body?.ErrorDescription is { Length: > 0 } description ? $"{probe.Body.Error}: {description}" : probe.Body?.Error, 120);
}
