using Polly;
using Polly.Retry;

namespace Apiax.Http.Handlers;

/// <summary>Which token requests are sent again, and when. Never one that the server understood and refused, nor a password that may be at work still.</summary>
internal static class TokenRetries
{
    private const int MaxAttempts = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether there is another attempt after a first one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="first">What came of it.</param>
    /// <param name="deadline">When all attempts together are out of time.</param>
    /// <param name="now">The time.</param>
    public static bool AreDue(TokenRequest request, TokenOutcome first, DateTimeOffset deadline, DateTimeOffset now) => IsDue(request, first, retry: 0, deadline, now);

    /// <summary>The attempts after the first.</summary>
    /// <remarks>The pipeline is made here, when it is needed: for the first call of a process it would be 300 methods for the JIT.</remarks>
    /// <param name="request">The request.</param>
    /// <param name="first">What came of the first attempt.</param>
    /// <param name="send">Makes another.</param>
    /// <param name="deadline">When all attempts together are out of time: nobody waits for a retry that would come later.</param>
    /// <param name="time">Pauses run on it.</param>
    /// <param name="cancellationToken">Ends pauses and attempts; what went wrong before is the outcome then.</param>
    public static async Task<TokenOutcome> SendAsync(
        TokenRequest request, TokenOutcome first, Func<CancellationToken, Task<TokenOutcome>> send, DateTimeOffset deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        var (last, isFirst) = (first, true);
        try
        {
            return await Create(request, deadline, time).ExecuteAsync(
                async attempt =>
                {
                    if (isFirst)
                        isFirst = false;
                    else
                        last = Latest(last, await send(attempt).ConfigureAwait(false), isOutOfTime: attempt.IsCancellationRequested || time.GetUtcNow() >= deadline);

                    return last;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return last;
        }
    }

    /// <summary>Out of time in the middle of a retry, what went wrong before says more than that.</summary>
    private static TokenOutcome Latest(TokenOutcome last, TokenOutcome next, bool isOutOfTime) =>
        (isOutOfTime && next.Failure is not null && next.Status is null ? next with { Failure = last.Failure } : next).After(last);

    private static ResiliencePipeline<TokenOutcome> Create(TokenRequest request, DateTimeOffset deadline, TimeProvider time) =>
        new ResiliencePipelineBuilder<TokenOutcome> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<TokenOutcome>
            {
                MaxRetryAttempts = MaxAttempts - 1,
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Result is { } outcome && !attempt.Context.CancellationToken.IsCancellationRequested &&
                    IsDue(request, outcome, attempt.AttemptNumber, deadline, time.GetUtcNow())),
                DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(
                    Spread(MinDelay(request, attempt.Outcome.Result!, attempt.AttemptNumber), deadline - request.MinTime - time.GetUtcNow())),
            })
            .Build();

    // A wish that is not granted here becomes a rest.
    private static bool IsDue(TokenRequest request, TokenOutcome outcome, int retry, DateTimeOffset deadline, DateTimeOffset now) =>
        outcome.IsTransient && (request.IsRefresh || outcome.Meaning is not AnswerMeaning.Lost) &&
        (outcome.Failure!.RetryAfter ?? default) <= request.PatienceAt(now) && MinDelay(request, outcome, retry) < deadline - now - request.MinTime;

    private static TimeSpan MinDelay(TokenRequest request, TokenOutcome outcome, int retry) =>
        (FirstDelay * Math.Pow(2, retry)).AtLeast(request.Spacing).AtLeast(outcome.Failure!.RetryAfter ?? default);

    // Up to a quarter longer, never shorter: the spacing and the server's wish hold. But not past the deadline.
    private static TimeSpan Spread(TimeSpan delay, TimeSpan remaining) => delay + ((delay / 4).AtMost((remaining - delay) / 2) * Random.Shared.NextDouble());
}
