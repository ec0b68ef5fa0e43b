using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>
/// All messages of the library. Arguments are names, hosts, instants and whole seconds; tokens, passwords and user names are never logged.
/// Entries about an account are logged by its <see cref="AccountLogger"/>, which adds the account's name.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Signed in with the password; the token expires at {ExpiresOn:u}")]
    public static partial void SignedIn(this ILogger logger, DateTimeOffset expiresOn);

    [LoggerMessage(2, LogLevel.Debug, "Refreshed the token; the new one expires at {ExpiresOn:u}")]
    public static partial void Refreshed(this ILogger logger, DateTimeOffset expiresOn);

    [LoggerMessage(3, LogLevel.Warning, "The refresh token was refused ({Error}); a new login is needed")]
    public static partial void RefreshRefused(this ILogger logger, string error);

    [LoggerMessage(EventId = 4, EventName = "NoToken", Message = "No token ({Reason}): {Explanation} Next attempt in {RetryAfter} s")]
    public static partial void NoToken(this ILogger logger, LogLevel level, Enum reason, string explanation, long retryAfter, Exception? exception);

    [LoggerMessage(5, LogLevel.Error, "The changed settings are invalid; the previous settings stay in force: {Failures}")]
    public static partial void ReloadRefused(this ILogger logger, string failures, Exception? exception);

    [LoggerMessage(EventId = 6, EventName = "UnlistedHost", Message = "Host {Host}:{Port} {Why}; sending without a token (logged once)")]
    public static partial void UnlistedHost(this ILogger logger, LogLevel level, string host, int port, string why);

    [LoggerMessage(7, LogLevel.Information, "{Host}:{Port} rejected the token; sending again with another token (logged once for each token)")]
    public static partial void TokenReplaced(this ILogger logger, string host, int port);

    [LoggerMessage(8, LogLevel.Debug, "A redirect to {Host} removed the token; sending again with the same token")]
    public static partial void TokenStripped(this ILogger logger, string host);

    [LoggerMessage(9, LogLevel.Information, "{Host}:{Port} rejected the token; the request is not sent again, and the next request gets another token (logged once for each token)")]
    public static partial void NotSentAgain(this ILogger logger, string host, int port);

    [LoggerMessage(10, LogLevel.Warning, "{Host}:{Port} rejected the token, and no other token could be obtained; the caller gets the 401 (logged once for each token)")]
    public static partial void NotReplaced(this ILogger logger, string host, int port, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "{Host}:{Port} also rejects new tokens; the caller gets the 401 (logged once for each token)")]
    public static partial void Rationed(this ILogger logger, string host, int port);

    [LoggerMessage(12, LogLevel.Warning, "{Conflict}")]
    public static partial void SettingsDiffer(this ILogger logger, string conflict);

    [LoggerMessage(13, LogLevel.Warning, "The token store failed ({Why}); this process gets its own tokens until the store is available again")]
    public static partial void TokenStoreFails(this ILogger logger, string why, Exception exception);

    [LoggerMessage(14, LogLevel.Information, "The token store is available again")]
    public static partial void TokenStoreBack(this ILogger logger);

    [LoggerMessage(15, LogLevel.Debug, "Using the token of another replica; it expires at {ExpiresOn:u}")]
    public static partial void Adopted(this ILogger logger, DateTimeOffset expiresOn);

    [LoggerMessage(16, LogLevel.Warning, "Another replica that was getting a token has not reported for {Silence} s, or did not reach the token endpoint the last time; signing in instead")]
    public static partial void TakenOver(this ILogger logger, long silence);

    [LoggerMessage(17, LogLevel.Information, "{Host}:{Port} rejected the token {Count} times before it was replaced")]
    public static partial void RejectionsCounted(this ILogger logger, string host, int port, int count);

    [LoggerMessage(18, LogLevel.Warning, "A handler of the token client that is no longer used could not be disposed")]
    public static partial void HandlerNotDisposed(this ILogger logger, Exception exception);

    [LoggerMessage(19, LogLevel.Warning, "The credentials provider or its scope could not be disposed; its answer counts")]
    public static partial void CredentialsProviderNotDisposed(this ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Information, "{Host} ended the session")]
    public static partial void SignedOut(this ILogger logger, string host);

    [LoggerMessage(21, LogLevel.Warning, "The session at {Endpoint} could not be ended ({Why}); it stays open until it expires")]
    public static partial void NotSignedOut(this ILogger logger, string endpoint, string why, Exception? exception);

    [LoggerMessage(22, LogLevel.Information, "The password was rejected ({Error}); sending it again in {Pause} s, since servers also reject a correct password when two logins of a user overlap")]
    public static partial void SecondTry(this ILogger logger, string error, long pause);

    [LoggerMessage(23, LogLevel.Information, "The server rejects client_assertion_type in a refresh; it is no longer sent. Set SendClientAssertionType to false (logged once)")]
    public static partial void AssertionTypeLeftOut(this ILogger logger);

    [LoggerMessage(24, LogLevel.Warning, "{Member} is not a setting; did you mean {Setting}, which is not set?")]
    public static partial void MisspelledSetting(this ILogger logger, string member, string setting);

    [LoggerMessage(25, LogLevel.Warning, "The user name or the password ends with a line break; it is sent unchanged (logged once)")]
    public static partial void LineBreakInCredentials(this ILogger logger);

    [LoggerMessage(26, LogLevel.Information, "Token requests succeed again, {Outage} s after the first failure")]
    public static partial void OutageEnded(this ILogger logger, long outage);

    [LoggerMessage(27, LogLevel.Debug, "Requests to {Host}:{Port} have their own Authorization header; it is sent unchanged (logged once)")]
    public static partial void OwnAuthorization(this ILogger logger, string host, int port);

    [LoggerMessage(28, LogLevel.Debug, "A listener for metrics or traces failed; its measurement or span is lost")]
    public static partial void ListenerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(29, LogLevel.Warning, "A redirect to {Host}:{Port} removed the token, and the request cannot be sent there again; the caller gets the 401. Call the address that it led to instead (logged once)")]
    public static partial void TokenNotResent(this ILogger logger, string host, int port);

    // 30 and 31 are those of the package for Redis.
    [LoggerMessage(32, LogLevel.Warning, "A request to {Host}:{Port}, which {Why}, had the token of an account; the token was removed (logged once)")]
    public static partial void TokenRemoved(this ILogger logger, string host, int port, string why);

    [LoggerMessage(33, LogLevel.Warning, "The token client could not get another handler; the old one is still used (logged once for each reason)")]
    public static partial void HandlerNotRenewed(this ILogger logger, Exception exception);

    [LoggerMessage(34, LogLevel.Warning, "A source of changes to the settings failed; its later changes may not be noticed")]
    public static partial void NotWatched(this ILogger logger, Exception exception);

    [LoggerMessage(35, LogLevel.Warning, "The section {Section} does not exist; settings that nothing else sets have their defaults")]
    public static partial void MissingSection(this ILogger logger, string section);
}
