using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Apiax.Http.Handlers;

/// <summary>Which token requests are sent again, and when. Never one that the server understood and refused.</summary>
internal static class TokenRetries
{
    private const int MaxAttempts = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);

    /// <param name="attemptTimeout">The time limit of each attempt.</param>
    /// <param name="spacing">The least time between two attempts.</param>
    /// <param name="deadline">When all attempts together are out of time: nobody waits for a retry that would come later.</param>
    /// <param name="onRetry">Told what went wrong before each retry.</param>
    /// <param name="time">Pauses and time limits run on it.</param>
    public static ResiliencePipeline<TokenGrant> Create(TimeSpan attemptTimeout, TimeSpan spacing, DateTimeOffset deadline, Action<Exception?> onRetry, TimeProvider time) =>
        new ResiliencePipelineBuilder<TokenGrant> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<TokenGrant>
            {
                MaxRetryAttempts = MaxAttempts - 1,
                ShouldHandle = attempt => ValueTask.FromResult(
                    IsTransient(attempt.Outcome.Exception, attempt.Context.CancellationToken) &&
                    LeastDelay(attempt.AttemptNumber, spacing, attempt.Outcome.Exception) < deadline - time.GetUtcNow()),
                OnRetry = attempt =>
                {
                    onRetry(attempt.Outcome.Exception);
                    return default;
                },
                DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(
                    Spread(LeastDelay(attempt.AttemptNumber, spacing, attempt.Outcome.Exception), deadline - time.GetUtcNow())),
            })
            .AddTimeout(attemptTimeout)
            .Build();

    /// <summary>No connection, no answer in time (ours, or a limit of the handler's own), half an answer, or the server's word that it is overloaded.</summary>
    public static bool IsTransient(Exception? exception, CancellationToken cancellationToken) => exception switch
    {
        ApiaxAuthException failure => failure.Reason is ApiaxAuthFailure.Unavailable,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => exception is HttpRequestException or IOException or TimeoutRejectedException,
    };

    private static TimeSpan LeastDelay(int retry, TimeSpan spacing, Exception? exception) =>
        new[] { FirstDelay * Math.Pow(2, retry), spacing, (exception as ApiaxAuthException)?.RetryAfter ?? TimeSpan.Zero }.Max();

    // Up to a quarter longer, never shorter: the spacing and the server's wish hold. But not past the deadline.
    private static TimeSpan Spread(TimeSpan delay, TimeSpan remaining)
    {
        var most = new[] { delay / 4, (remaining - delay) / 2 }.Min();
        return delay + (most * Random.Shared.NextDouble());
    }
}
