namespace Apiax.Http.Handlers.Hosting;

/// <summary>The end of the sessions, when nothing of the application runs any more that could need them.</summary>
/// <param name="accounts">The accounts.</param>
/// <param name="time">The time limit runs on it; the system's if the application has none of its own.</param>
internal sealed class SignOut(ApiaxAccounts accounts, TimeProvider? time = null) : HostedStage
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public override async Task StoppedAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await accounts.SignOutAsync(either.Token).ConfigureAwait(false);
    }
}
