using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Every message of the library. Arguments are names, hosts and instants; tokens, passwords, user names and answers are withheld at every level.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Signed in with the password; the token expires at {ExpiresOn:u}")]
    public static partial void SignedIn(this ILogger logger, DateTimeOffset expiresOn);

    [LoggerMessage(2, LogLevel.Debug, "Refreshed the token; the new one expires at {ExpiresOn:u}")]
    public static partial void Refreshed(this ILogger logger, DateTimeOffset expiresOn);

    [LoggerMessage(3, LogLevel.Warning, "The refresh token was refused ({Error}); signing in with the password")]
    public static partial void RefreshRefused(this ILogger logger, string error);

    [LoggerMessage(EventId = 4, EventName = "NoToken", Message = "No token ({Reason}): {Explanation} Next attempt in {Rest}")]
    public static partial void NoToken(this ILogger logger, LogLevel level, Enum reason, string explanation, TimeSpan? rest, Exception? exception);

    [LoggerMessage(5, LogLevel.Error, "The changed settings of {Account} are wrong; the old ones stay in force: {Failures}")]
    public static partial void ReloadRefused(this ILogger logger, string account, string failures, Exception? exception);

    [LoggerMessage(6, LogLevel.Information, "Requests to {Scheme}://{Host} go without the Apiax token, which is for https to the hosts in ApiHosts, except the token endpoint (said once)")]
    public static partial void UnlistedHost(this ILogger logger, string scheme, string host);

    [LoggerMessage(7, LogLevel.Information, "{Host}:{Port} rejected the token; sending once more with another (logged once for each token)")]
    public static partial void TokenReplaced(this ILogger logger, string host, int port);

    [LoggerMessage(8, LogLevel.Debug, "A redirect to {Host} took the token off; sending once more with the same")]
    public static partial void TokenStripped(this ILogger logger, string host);

    [LoggerMessage(9, LogLevel.Information, "{Host}:{Port} rejected the token; the request is not sent again, and the token is replaced for the next one (logged once for each token)")]
    public static partial void NotSentAgain(this ILogger logger, string host, int port);

    [LoggerMessage(10, LogLevel.Warning, "{Host}:{Port} rejected the token, and another could not be obtained; the caller gets the 401 (logged once for each token)")]
    public static partial void NotReplaced(this ILogger logger, string host, int port, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "{Host}:{Port} rejects new tokens as well; the caller gets the 401, and the next replacement waits (logged once for each token)")]
    public static partial void Rationed(this ILogger logger, string host, int port);

    [LoggerMessage(12, LogLevel.Warning, "{Conflict}")]
    public static partial void SettingsDiffer(this ILogger logger, string conflict);

    [LoggerMessage(13, LogLevel.Warning, "The token store fails ({Why}); this process goes on by itself until it is back")]
    public static partial void TokenStoreFails(this ILogger logger, string why, Exception exception);

    [LoggerMessage(14, LogLevel.Information, "The token store is back")]
    public static partial void TokenStoreBack(this ILogger logger);

    [LoggerMessage(15, LogLevel.Debug, "Took over the token of another replica; it expires at {ExpiresOn:u}")]
    public static partial void Adopted(this ILogger logger, DateTimeOffset expiresOn);

    [LoggerMessage(16, LogLevel.Warning, "Another replica has been getting a token for {Silence} without a word; signing in in its place")]
    public static partial void TakenOver(this ILogger logger, TimeSpan silence);

    [LoggerMessage(17, LogLevel.Information, "{Host}:{Port} rejected the token {Count} times before another took its place")]
    public static partial void RejectionsCounted(this ILogger logger, string host, int port, int count);

    [LoggerMessage(18, LogLevel.Warning, "A handler of the token client that is no longer used could not be disposed of")]
    public static partial void HandlerNotDisposed(this ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Information, "Signed out: {Host} has closed the session")]
    public static partial void SignedOut(this ILogger logger, string host);

    [LoggerMessage(21, LogLevel.Warning, "Not signed out at {Endpoint} ({Why}); the session ends by itself")]
    public static partial void NotSignedOut(this ILogger logger, string endpoint, string why, Exception? exception);

    [LoggerMessage(22, LogLevel.Information, "The password was rejected ({Error}); sending it once more in {Pause}, since servers also reject a right one when two logins of a user overlap")]
    public static partial void SecondTry(this ILogger logger, string error, TimeSpan pause);

    [LoggerMessage(23, LogLevel.Information, "The server refuses client_assertion_type with a refresh; it is left out from now on (logged once; set SendClientAssertionType to false)")]
    public static partial void AssertionTypeLeftOut(this ILogger logger);

    [LoggerMessage(24, LogLevel.Warning, "{Member} is not a setting; {Setting} may be meant, which is not set")]
    public static partial void MisspelledSetting(this ILogger logger, string member, string setting);

    [LoggerMessage(25, LogLevel.Warning, "The user name or the password of {Account} ends with a line break; it is sent as it is (logged once)")]
    public static partial void LineBreakInCredentials(this ILogger logger, string account);
}
