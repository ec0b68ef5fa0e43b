using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>What a handler logs and counts. Entries about a host are logged once for each account and port.</summary>
/// <param name="logged">The hosts that have been logged.</param>
/// <param name="logger">Where to log.</param>
/// <param name="metrics">Where to count.</param>
/// <param name="unlisted">The level at which hosts without a token are logged.</param>
internal sealed class HandlerTelemetry(LoggedHosts logged, ILogger logger, Func<TokenMetrics> metrics, LogLevel unlisted)
{
    // Created only to log or count: an accepted request with a token does neither.
    public AccountTelemetry Of(HandlerSettings settings) => new(settings.Tokens.Account, logger, metrics());

    /// <param name="uri">The request's URL.</param>
    /// <param name="entry">The name of the entry that says why.</param>
    /// <param name="settings">The settings in force.</param>
    public void NoTokenAdded(Uri? uri, string entry, HandlerSettings settings)
    {
        var level = entry switch { nameof(Log.OwnAuthorization) => LogLevel.Debug, nameof(Log.TokenRemoved) => LogLevel.Warning, _ => unlisted };
        if (uri is not { IsAbsoluteUri: true } || !logged.IsFirst(entry, level, logger, settings.Tokens.Account, uri))
            return;

        var log = Of(settings).Logger;
        if (entry is nameof(Log.OwnAuthorization))
            log.OwnAuthorization(uri.Host, uri.Port);
        else if (entry is nameof(Log.TokenRemoved))
            log.TokenRemoved(uri.Host, uri.Port, settings.Hosts.ReasonNotAllowed(uri));
        else
            log.UnlistedHost(level, uri.Host, uri.Port, settings.Hosts.ReasonNotAllowed(uri));
    }

    /// <summary>A redirect has removed the token, and the request is not sent again: the API has not seen it, so nothing else would explain the 401.</summary>
    public void NotResent(Uri uri, HandlerSettings settings)
    {
        var telemetry = Of(settings);
        telemetry.Unauthorized(UnauthorizedOutcome.NotReplayable);
        if (logged.IsFirst(nameof(Log.TokenNotResent), LogLevel.Warning, logger, telemetry.Account, uri))
            telemetry.Logger.TokenNotResent(uri.Host, uri.Port);
    }
}
