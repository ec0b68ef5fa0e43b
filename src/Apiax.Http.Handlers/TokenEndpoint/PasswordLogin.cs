using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Reads the credentials in force; <paramref name="lastRejected"/>: whether the last ones were rejected.</summary>
internal delegate Task<ApiaxCredentials> CredentialsReader(bool lastRejected, CancellationToken cancellationToken);

/// <summary>
/// The login of one flight. A rejected password is sent a second time after a random pause: servers also reject a correct one when two logins of a user overlap,
/// and the logins of replicas that start together would overlap again after a fixed pause.
/// </summary>
internal sealed class PasswordLogin(Flight flight, TokenClient client, UserLogins logins, CredentialsReader readCredentials, TimeProvider time, ILogger logger)
{
    private const int MaxRequests = 3;

    // Timers fire a little late.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    private int _requests;
    private TimeSpan _pause;

    /// <summary>The longest pause that leaves time for another login, and for the check before it.</summary>
    private TimeSpan MaxPause => flight.IsSessionEnding ? TimeSpan.MinValue : flight.Limit.Remaining - UserLogin.MinTime(flight.Options) - flight.Plan.LoginCheckLimit;

    /// <param name="cancellationToken">Ends the login.</param>
    public async Task<FlightResult> FlyAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var pair = await readCredentials(flight.Plan.CoolDown?.IsRejection == true, cancellationToken).ConfigureAwait(false);
        var reading = time.GetElapsedTime(start);
        var arrival = time.GetTimestamp();
        var user = logins.Take(flight.Options.TokenEndpoint, pair.Username);
        try
        {
            return await SignInAsync(user, pair, reading, arrival, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            logins.Return(user, time.GetUtcNow());
        }
    }

    private async Task<FlightResult> SignInAsync(UserLogin user, ApiaxCredentials pair, TimeSpan reading, long arrival, CancellationToken cancellationToken)
    {
        while (true)
        {
            var recording = Task.CompletedTask;
            await user.EnterAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var now = time.GetUtcNow();
                var known = flight.Plan.CoolDown is null && user.IsEmptyAt(now) ? null : CredentialsFingerprint.Of(pair.Username, pair.Password);
                if (known is not null && flight.Plan.CoolDown is { } own && own.Forbids(known, now))
                    return flight.Failed(own.Failure) with { IsRepeated = true };

                if (known is not null && user.BackOffOf(known, now) is { } backOff)
                {
                    if (!HasSecondTry(backOff, MaxPause, now))
                        return flight.Withheld(backOff, known, now);
                }
                else
                {
                    await Task.Delay(user.SpacingAt(now), time, cancellationToken).ConfigureAwait(false);
                    if (flight.Plan.BeforeLogin is { } check && await check(pair, cancellationToken).ConfigureAwait(false) is { } settled)
                        return flight.AfterRefresh(settled);

                    var waiting = time.GetElapsedTime(arrival);
                    if (flight.Limit.Remaining < UserLogin.MinTime(flight.Options) - Tolerance)
                        return flight.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"Not enough time was left for a login (TokenTimeout is {flight.Options.TokenTimeout.WholeSeconds()} s; {(waiting > reading ? "other logins of the user" : "the credentials")} took {waiting.AtLeast(reading).WholeSeconds()} s)."));

                    // The fingerprint is computed during the request: it is the process's first use of the system's cryptography, and slow.
                    _requests++;
                    var sending = client.LoginAsync(flight.Options, pair, flight.Limit, flight.Plan.Last, flight.Plan.Other);
                    var sent = flight.Credentials = known ?? CredentialsFingerprint.Of(pair.Username, pair.Password);
                    if (Evaluate(user, sent, await sending.ConfigureAwait(false), time.GetUtcNow()) is { } result)
                        return result;
                    recording = flight.Plan.BeforeSecondTry();
                }
            }
            finally
            {
                user.Leave();
            }

            // Other accounts may sign in meanwhile, with another password.
            await Task.WhenAll(recording, Task.Delay(_pause, time, cancellationToken)).ConfigureAwait(false);
            var next = await readCredentials(lastRejected: true, cancellationToken).ConfigureAwait(false);
            if (!next.Username.Equals(pair.Username, StringComparison.OrdinalIgnoreCase))
            {
                flight.Credentials = null;
                return flight.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The credentials were rejected, and the credentials provider now returns another user."));
            }

            (pair, arrival) = (next, time.GetTimestamp());
        }
    }

    /// <returns>The flight's result; null if there is a second try after the pause.</returns>
    private FlightResult? Evaluate(UserLogin user, CredentialsFingerprint sent, TokenOutcome outcome, DateTimeOffset now)
    {
        flight.IsPasswordRead |= outcome.WasRead;
        flight.IsPasswordJudged |= outcome.IsJudged;
        if (outcome.Tokens is { } tokens)
        {
            user.Accepted(sent);
            return flight.LoggedIn(tokens);
        }

        var failure = outcome.Failure!;
        if (outcome.IsRefusal)
        {
            var maxPause = MaxPause;
            var rejected = user.Rejected(sent, failure, isAmbiguous: outcome.Meaning is AnswerMeaning.Refused && flight.Plan.WasRejected?.Invoke() != true, maxPause, now);
            if (!HasSecondTry(rejected, maxPause, now))
                return flight.Failed(failure) with { PasswordPause = rejected.Pause.Length, IsSecondTryDue = rejected.IsSecondTryDue };

            logger.SecondTry(failure.Error!, _pause.WholeSeconds());
            return null;
        }

        if (outcome.Meaning is AnswerMeaning.Lost)
            return flight.Failed(failure) with { PasswordPause = user.Unanswered(failure, now).Pause.Length };

        user.Failed(now);
        return flight.Failed(failure);
    }

    /// <summary>Whether a password that was rejected once is sent a second time in this flight; sets the pause before it.</summary>
    private bool HasSecondTry(RejectedPassword rejected, TimeSpan maxPause, DateTimeOffset now)
    {
        // Rounded up to whole milliseconds, as timers count: the pause must be over when the timer fires.
        _pause = TimeSpan.FromMilliseconds(Math.Ceiling(rejected.Pause.RemainingAt(now).TotalMilliseconds));
        return rejected.IsSecondTryDue && _requests < MaxRequests && rejected.Pause.RemainingAt(now) <= maxPause;
    }
}
