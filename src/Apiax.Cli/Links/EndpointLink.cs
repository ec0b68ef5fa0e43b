namespace Apiax.Cli;

/// <summary>Is it a token endpoint that answers?</summary>
internal static class EndpointLink
{
    public static Task<Finding> CheckAsync(Walk walk, CancellationToken cancellationToken) => Task.FromResult(Judge(walk, walk.Probe!));

    private static Finding Judge(Walk walk, Probe probe)
    {
        var endpoint = Addresses.Of(walk.Options.TokenEndpoint);
        if (probe.Failure is not null)
        {
            return Finding.Broken(
                probe.IsLate ? $"{endpoint} does not answer within {Words.Of(walk.Options.AttemptTimeout)}" : $"{endpoint} ends the connection without a proper answer",
                "Try again in a few minutes. If it stays like this, ask your network team what stands in between, and Apiax whether the service is up.");
        }

        var answer = $"{endpoint} answers {(int)probe.Status} ({walk.Foreign.Of(probe.ContentType ?? "no content type", 60)})";
        var error = probe.Body?.Error;
        return (int)probe.Status switch
        {
            >= 300 and < 400 => Finding.Broken(
                $"{answer} and points to {(probe.Location is { IsAbsoluteUri: true } other ? walk.Foreign.Of(Addresses.Of(other)) : "another address")}",
                "No redirect is followed with a password. Put the final address into TokenEndpoint, if you trust it; else ask what answers here (a login page of the network?)."),
            408 or 429 or >= 500 => Finding.Broken($"{answer}: it is overloaded or down", "Try again in a few minutes."),
            >= 400 when !string.IsNullOrEmpty(error) => Finding.Holds($"{endpoint} answers as a token endpoint does ({(int)probe.Status} {walk.Foreign.Of(error, 60)}, since it was asked for nothing)"),
            400 or 401 or 403 when !IsPage(probe) => Finding.Holds($"{answer}, since it was asked for nothing"),
            404 or 410 => Finding.Broken($"{answer}: there is no token endpoint at this address", "Check the path in TokenEndpoint."),
            407 => Finding.Broken($"{answer}: a proxy wants a user name and a password", "Ask your network team for a proxy that this machine may use."),
            _ => Finding.Broken($"{answer}, which is not what a token endpoint says", "Check TokenEndpoint. If it is right, a proxy or a firewall answers in its place: ask your network team."),
        };
    }

    private static bool IsPage(Probe probe) => probe.ContentType?.Contains("html", StringComparison.OrdinalIgnoreCase) == true;
}
