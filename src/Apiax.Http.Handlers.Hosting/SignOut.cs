namespace Apiax.Http.Handlers.Hosting;

/// <summary>
/// The end of the sessions, when nothing of the application runs any more that could need them: when the host has stopped, or is disposed of because it could not start.
/// </summary>
/// <param name="accounts">The accounts.</param>
/// <param name="time">The time limit runs on it; the system's if the application has none of its own.</param>
internal sealed class SignOut(ApiaxAccounts accounts, TimeProvider? time = null) : HostedStage, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private bool _isDue;

    public override Task StartingAsync(CancellationToken cancellationToken)
    {
        _isDue = true;
        return Task.CompletedTask;
    }

    public override async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (!_isDue)
            return;

        _isDue = false;
        using var limit = new CancellationTokenSource(Limit, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await accounts.SignOutAsync(either.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await StoppedAsync(CancellationToken.None).ConfigureAwait(false);

#pragma warning disable VSTHRD002 // A container that is disposed of synchronously leaves no other way, and it is the end of the process.
    public void Dispose() => StoppedAsync(CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
