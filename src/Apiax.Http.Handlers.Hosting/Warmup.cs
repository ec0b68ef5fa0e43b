using System.Runtime.ExceptionServices;

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

    private const int MaxHolds = 2;

    public Task RunAsync(bool isRequired, CancellationToken cancellationToken)
    {
        if (isRequired)
            return RequireAsync(cancellationToken);

        _ = ObserveAsync();
        return Task.CompletedTask;
    }

    private async Task RequireAsync(CancellationToken cancellationToken)
    {
        for (var (signedIn, holds) = (0, 0); await FailureAsync(cancellationToken).ConfigureAwait(false) is { } failure;)
        {
            var backOffs = BackOffsOfPasswords();
            if (backOffs.Count > 0)
            {
                // After a short one, the password is sent once more: an overlapping login may have caused the rejection, or there was no answer.
                var (newest, longest) = await HoldAsync(failure, backOffs.Max(), cancellationToken).ConfigureAwait(false);
                if (newest is not null && (longest > LongestPause || ++holds == MaxHolds))
                    ExceptionDispatchInfo.Throw(newest);
            }

            // The logins of one user come one after the other: with many accounts or a slow server, some flights end before their turn.
            else if (HasMoreTokensThan(ref signedIn) && TimeUntilRetryIfUnavailable() is { } pause && pause <= LongestPause)
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            else
                ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>
    /// Waits until the back-off is over, and that of passwords that are sent meanwhile: if an orchestrator restarted the process at once, each start would send a
    /// wrong password, and lock the user. Signing in during that time sends only other credentials.
    /// </summary>
    /// <returns>The newest failure, null if all accounts have a token, and the longest back-off.</returns>
    private async Task<(ApiaxAuthException? Newest, TimeSpan Longest)> HoldAsync(ApiaxAuthException failure, TimeSpan backOff, CancellationToken cancellationToken)
    {
        var (newest, longest, start) = ((ApiaxAuthException?)failure, backOff, time.GetTimestamp());
        while (newest is not null && (time.GetElapsedTime(start) < backOff || BackOffsOfPasswords().Exists(pause => pause > TimeSpan.Zero)))
        {
            await Task.Delay(AskPause, time, cancellationToken).ConfigureAwait(false);
            var backOffs = BackOffsOfPasswords();
            longest = Max(longest, backOffs.DefaultIfEmpty().Max());
            if (backOffs.DefaultIfEmpty(backOff - time.GetElapsedTime(start)).Min() > LastCheck)
                newest = await FailureAsync(cancellationToken).ConfigureAwait(false);
        }

        return (newest, longest);
    }

    private async Task<ApiaxAuthException?> FailureAsync(CancellationToken cancellationToken)
    {
        try
        {
            await accounts.SignInAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (ApiaxAuthException failure)
        {
            return failure;
        }
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

    /// <summary>How long each password that was rejected, or got no answer, is not sent again.</summary>
    private List<TimeSpan> BackOffsOfPasswords() =>
        [.. accounts.GetStatus().Where(account => account.IsPasswordWithheld || account.LastFailure is ApiaxAuthFailure.CredentialsRejected).Select(account => TimeUntilRetry([account]) ?? TimeSpan.Zero)];

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
