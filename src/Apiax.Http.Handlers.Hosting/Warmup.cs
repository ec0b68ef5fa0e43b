namespace Apiax.Http.Handlers.Hosting;

/// <summary>Gets the first tokens while the host starts.</summary>
internal sealed class Warmup(ApiaxAccounts accounts, TimeProvider time)
{
    // The library reads rejected credentials again this often.
    private static readonly TimeSpan RecheckPause = TimeSpan.FromSeconds(10);

    // The server may request longer back-offs.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public Task RunAsync(bool isRequired, CancellationToken cancellationToken)
    {
        if (isRequired)
            return RequireAsync(cancellationToken);

        _ = ObserveAsync();
        return Task.CompletedTask;
    }

    private async Task RequireAsync(CancellationToken cancellationToken)
    {
        var signedIn = 0;
        Func<TimeSpan>? backOff = null;
        while (true)
        {
            try
            {
                await accounts.SignInAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ApiaxAuthException)
            {
                backOff ??= RemainingBackOffIfRejected();
                if (backOff is not null)
                {
                    // If an orchestrator restarted the process at once, each start would send the wrong password, and lock the user.
                    // Signing in during the back-off sends only other credentials. Not near its end: a slow credentials provider could take until it is over.
                    await DelayAsync(backOff() < RecheckPause ? backOff() : RecheckPause).ConfigureAwait(false);
                    if (backOff() >= RecheckPause)
                        continue;

                    await DelayAsync(backOff()).ConfigureAwait(false);
                    throw;
                }

                // The logins of one user come one after the other: with many accounts or a slow server, some flights end before their turn.
                if (!HasMoreTokensThan(ref signedIn) || TimeUntilRetryIfUnavailable() is not { } pause || pause > LongestPause)
                    throw;

                await DelayAsync(pause).ConfigureAwait(false);
            }
        }

        Task DelayAsync(TimeSpan length) => Task.Delay(length, time, cancellationToken);
    }

    private bool HasMoreTokensThan(ref int count)
    {
        var before = count;
        count = accounts.GetStatus().Count(account => account.TokenExpiresOn is not null);
        return count > before;
    }

    /// <summary>How long until all accounts without a token may send a request again; null if that does not help.</summary>
    private TimeSpan? TimeUntilRetryIfUnavailable()
    {
        var failed = accounts.GetStatus().Where(account => account.LastFailure is not null).ToList();
        return failed.TrueForAll(account => account.LastFailure is ApiaxAuthFailure.Unavailable) ? TimeUntilRetry(failed) ?? TimeSpan.Zero : null;
    }

    /// <summary>What remains of the back-off of rejected credentials; null if none were rejected.</summary>
    private Func<TimeSpan>? RemainingBackOffIfRejected()
    {
        var length = TimeUntilRetry(accounts.GetStatus().Where(account => account.LastFailure is ApiaxAuthFailure.CredentialsRejected));
        var start = time.GetTimestamp();
        return length is { } known ? () => Max(known - time.GetElapsedTime(start), TimeSpan.Zero) : null;
    }

    private TimeSpan? TimeUntilRetry(IEnumerable<ApiaxAccountStatus> failed) => failed.Max(account => account.NextAttemptOn) is { } next ? Max(next - time.GetUtcNow(), TimeSpan.Zero) : null;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private async Task ObserveAsync()
    {
        try
        {
            await accounts.SignInAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It has already been logged; the first call gets the same failure and throws it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
