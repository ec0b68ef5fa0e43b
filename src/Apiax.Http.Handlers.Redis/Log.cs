using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// All messages of the store. Keys reveal neither user nor server; values are never logged. The code that uses the store logs that Redis is unavailable.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(30, LogLevel.Warning, "The value of {Key} cannot be read and is ignored: all replicas must encrypt with the same data protection keys and application name, or none may encrypt (logged once)")]
    public static partial void UnreadableValue(this ILogger logger, string key);

    [LoggerMessage(31, LogLevel.Warning, "The value of {Key} was not written by a token store; it is ignored and will be replaced (logged once)")]
    public static partial void ForeignValue(this ILogger logger, string key);
}
