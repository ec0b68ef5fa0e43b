using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Redis failed; the message says why.</summary>
internal sealed class RedisTokenStoreException(string message, Exception innerException) : Exception(message, innerException);

/// <summary>There is no connection, for any account.</summary>
internal sealed class NoRedisException(string message, Exception innerException) : IOException(message, innerException);

/// <summary>Describes a Redis failure in one sentence.</summary>
internal static class RedisFailure
{
    public const string Connecting = "connecting";

    public static Exception Of(Exception exception, string step, TimeSpan timeout)
    {
        var message = Describe(exception, step, timeout);
        return step == Connecting || exception is RedisConnectionException ? new NoRedisException(message, exception) : new RedisTokenStoreException(message, exception);
    }

    /// <summary>Observes the failure of a call that is no longer awaited.</summary>
    public static void Observe(Task? late) =>
        _ = late?.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static string Describe(Exception exception, string step, TimeSpan timeout) => exception switch
    {
        _ when IsAbout(exception, "WRONGPASS", "NOAUTH", "invalid password", "AuthenticationFailure") => "Redis requires a valid user name and password",
        RedisServerException server => $"Redis rejected the script '{step}': {FirstLine(server.Message)}",
        TimeoutException when step == Connecting => $"Redis cannot be reached: no connection within {Math.Ceiling(timeout.TotalSeconds)} s",
        TimeoutException => $"Redis did not answer '{step}' within {Math.Ceiling(timeout.TotalSeconds)} s",
        RedisConnectionException connection => $"Redis cannot be reached ({connection.FailureType})",
        _ => $"{step}: {FirstLine(exception.Message)}",
    };

    private static bool IsAbout(Exception? exception, params string[] words)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } || words.Any(word => exception.Message.Contains(word, StringComparison.Ordinal)))
                return true;
        }

        return false;
    }

    private static string FirstLine(string text)
    {
        var line = text.Split('\n')[0].Trim();
        return line.Length <= 200 ? line : line[..200];
    }
}
