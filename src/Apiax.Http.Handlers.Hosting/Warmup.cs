namespace Apiax.Http.Handlers.Hosting;

/// <summary>Gets the first tokens while the host starts.</summary>
internal sealed class Warmup(ApiaxAccounts accounts, TimeProvider time)
{
    // The account itself reads rejected credentials every 10 s at most. A timer with the same length could be a little early by the account's clock, and wait twice as long.
    private static readonly TimeSpan AskPause = TimeSpan.FromSeconds(1);

    // A slow credentials provider could take until the back-off is over.
    private static readonly TimeSpan LastCheck = TimeSpan.FromSeconds(10);

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
        for (var signedIn = 0; ;)
        {
            try
            {
                await accounts.SignInAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ApiaxAuthException)
            {
                if (RemainingBackOffIfRejected() is { } backOff)
                {
                    if (await TryOtherCredentialsAsync(backOff, cancellationToken).ConfigureAwait(false))
                        return;

                    throw;
                }

                // The logins of one user come one after the other: with many accounts or a slow server, some flights end before their turn.
                if (!HasMoreTokensThan(ref signedIn) || TimeUntilRetryIfUnavailable() is not { } pause || pause > LongestPause)
                    throw;

                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Waits until the back-off is over: if an orchestrator restarted the process at once, each start would send the wrong password, and lock the user.
    /// Signing in during that time sends only other credentials.
    /// </summary>
    /// <returns>Whether there were others, and the server accepted them.</returns>
    private async Task<bool> TryOtherCredentialsAsync(TimeSpan backOff, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (Remaining() > LastCheck)
        {
            await Task.Delay(AskPause, time, cancellationToken).ConfigureAwait(false);
            try
            {
                await accounts.SignInAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (ApiaxAuthException)
            {
                // The host gets the first failure.
            }
        }

        await Task.Delay(Remaining(), time, cancellationToken).ConfigureAwait(false);
        return false;

        TimeSpan Remaining() => Max(backOff - time.GetElapsedTime(start), TimeSpan.Zero);
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
    private TimeSpan? RemainingBackOffIfRejected() => TimeUntilRetry(accounts.GetStatus().Where(account => account.LastFailure is ApiaxAuthFailure.CredentialsRejected));

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
