using Polly;
using Polly.Retry;

namespace Apiax.Http.Handlers;

/// <summary>Which token requests are sent again, and when. Never one that the server understood and refused, nor a password whose login may be in progress.</summary>
internal static class TokenRetries
{
    private const int MaxAttempts = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether there is another attempt after this one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="retry">How many retries there were before.</param>
    /// <param name="limit">Limits all attempts together.</param>
    /// <param name="now">The time.</param>
    /// <remarks>If the server asks for a longer wait, it becomes a back-off instead.</remarks>
    public static bool IsDue(TokenRequest request, TokenOutcome outcome, int retry, TimeLimit limit, DateTimeOffset now) =>
        outcome.IsTransient && !outcome.Failure!.IsThrottled && (request.IsRefresh || outcome.Meaning is not AnswerMeaning.Lost) &&
        (outcome.Failure.RetryAfter ?? default) <= request.MaxRetryAfterAt(now) && MinDelay(request, outcome, retry) < limit.Remaining - request.MinTime;

    /// <summary>Makes the attempts after the first.</summary>
    /// <remarks>The pipeline is created only when needed: it would add 300 methods for the JIT to the first call of a process.</remarks>
    /// <param name="request">The request.</param>
    /// <param name="first">The outcome of the first attempt.</param>
    /// <param name="send">Makes another attempt.</param>
    /// <param name="limit">Limits all attempts together: a retry that would be later is not made. If it ends a pause, the outcome is the previous failure.</param>
    /// <param name="time">The clock of the pauses.</param>
    public static async Task<TokenOutcome> SendAsync(TokenRequest request, TokenOutcome first, Func<Task<TokenOutcome>> send, TimeLimit limit, TimeProvider time)
    {
        var (last, isFirst) = (first, true);
        try
        {
            return await Create(request, limit, time).ExecuteAsync(
                async _ =>
                {
                    if (isFirst)
                        isFirst = false;
                    else
                        last = Latest(last, await send().ConfigureAwait(false), isOutOfTime: limit.Token.IsCancellationRequested || limit.Remaining <= TimeSpan.Zero);

                    return last;
                },
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return last;
        }
    }

    /// <summary>If the time ends during a retry, the previous failure says more than the timeout.</summary>
    private static TokenOutcome Latest(TokenOutcome last, TokenOutcome next, bool isOutOfTime) =>
        (isOutOfTime && next.Failure is not null && next.Status is null ? next with { Failure = last.Failure } : next).After(last);

    private static ResiliencePipeline<TokenOutcome> Create(TokenRequest request, TimeLimit limit, TimeProvider time) =>
        new ResiliencePipelineBuilder<TokenOutcome> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<TokenOutcome>
            {
                MaxRetryAttempts = MaxAttempts - 1,
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Result is { } outcome && !attempt.Context.CancellationToken.IsCancellationRequested &&
                    IsDue(request, outcome, attempt.AttemptNumber, limit, time.GetUtcNow())),
                DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(
                    Spread(MinDelay(request, attempt.Outcome.Result!, attempt.AttemptNumber), limit.Remaining - request.MinTime)),
            })
            .Build();

    private static TimeSpan MinDelay(TokenRequest request, TokenOutcome outcome, int retry) =>
        (FirstDelay * Math.Pow(2, retry)).AtLeast(request.Spacing).AtLeast(outcome.Failure!.RetryAfter ?? default);

    // Up to a quarter longer, never shorter, so that the spacing and the server's Retry-After are respected, but not past the deadline.
    private static TimeSpan Spread(TimeSpan delay, TimeSpan remaining) => delay + ((delay / 4).AtMost((remaining - delay) / 2) * Random.Shared.NextDouble());
}
