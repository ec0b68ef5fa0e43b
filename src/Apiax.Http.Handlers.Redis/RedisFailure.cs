using System.Security.Authentication;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Redis failed; the message says why. The client's own exception may quote the connection string, so it is not kept, only whether it was a timeout.</summary>
internal sealed class RedisTokenStoreException(string message, Exception? cause) : Exception(message, cause);

/// <summary>There is no connection, for any account.</summary>
internal sealed class NoRedisException(string message, Exception? cause) : IOException(message, cause);

/// <summary>Describes a Redis failure in one sentence.</summary>
internal static class RedisFailure
{
    public const string Connecting = "connecting";

    private static readonly string[] PasswordErrors = ["WRONGPASS", "NOAUTH", "invalid password"];

    public static Exception Of(Exception exception, string step, TimeSpan timeout)
    {
        var message = Describe(exception, step, timeout);
        var cause = exception is TimeoutException ? new TimeoutException() : null;
        return step == Connecting || exception is RedisConnectionException ? new NoRedisException(message, cause) : new RedisTokenStoreException(message, cause);
    }

    /// <summary>Observes the failure of a call that is not awaited, or not to its end.</summary>
    public static void Observe(Task call) =>
        _ = call.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static string Describe(Exception exception, string step, TimeSpan timeout) => exception switch
    {
        _ when ChainOf(exception).Any(cause => cause is AuthenticationException) => "the certificate of Redis is not trusted, is for another host name, or TLS failed",
        _ when ChainOf(exception).Any(IsAboutPassword) => "Redis requires a valid user name and password",
        RedisServerException server => $"Redis rejected the script '{step}': {FirstLine(server.Message)}",
        TimeoutException when step == Connecting => $"Redis cannot be reached: no connection within {Math.Ceiling(timeout.TotalSeconds)} s",
        TimeoutException => $"Redis did not answer '{step}' within {Math.Ceiling(timeout.TotalSeconds)} s",
        RedisConnectionException connection => $"Redis cannot be reached ({connection.FailureType})",
        ArgumentException or FormatException => $"{step}: the configuration is not valid ({exception.GetType().Name})",
        _ => $"{step}: {FirstLine(exception.Message)}",
    };

    private static IEnumerable<Exception> ChainOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            yield return cause;
    }

    private static bool IsAboutPassword(Exception exception) =>
        PasswordErrors.Any(error => exception.Message.Contains(error, StringComparison.Ordinal));

    private static string FirstLine(string text)
    {
        var line = text.Split('\n')[0].Trim();
        return line.Length <= 200 ? line : line[..200];
    }
}
