namespace Apiax.Http.Handlers.Hosting;

/// <summary>Gets the first tokens while the host starts.</summary>
internal sealed class Warmup(ApiaxAccounts accounts, TimeProvider time)
{
    public Task RunAsync(bool isRequired, CancellationToken cancellationToken)
    {
        if (isRequired)
            return RequireAsync(cancellationToken);

        _ = ObserveAsync();
        return Task.CompletedTask;
    }

    private async Task RequireAsync(CancellationToken cancellationToken)
    {
        try
        {
            await accounts.SignInAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ApiaxAuthException) when (BackOffOfRejected() is { Ticks: > 0 } backOff)
        {
            // If an orchestrator restarted the process at once, each start would send the wrong password, and lock the user.
            await Task.Delay(backOff, time, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private TimeSpan? BackOffOfRejected() =>
        accounts.GetStatus().Where(account => account.LastFailure is ApiaxAuthFailure.CredentialsRejected).Max(account => account.NextAttemptOn - time.GetUtcNow());

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
