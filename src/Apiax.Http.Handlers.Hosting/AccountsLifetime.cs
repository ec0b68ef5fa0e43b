using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Hosting;

/// <summary>The accounts in the life of a host: checked and warmed up before its other services start, signed out when they all have stopped.</summary>
/// <param name="services">The container, in which the accounts may be missing.</param>
/// <param name="options">What was registered.</param>
internal sealed class AccountsLifetime(IServiceProvider services, IOptions<AccountsLifetimeOptions> options) : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan SignOutLimit = TimeSpan.FromSeconds(2);

    // Resolved ahead of the end: a container that is disposed of gives nothing, and disposes of what it made first last.
    private readonly ApiaxAccounts? _accounts = services.GetService<ApiaxAccounts>();
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private bool _hasStarted;
    private bool _mustSignOut;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _hasStarted = true;
        var accounts = _accounts ?? throw Registration.NoAccount();
        _mustSignOut = options.Value.SignsOut;
        return options.Value.WarmsUp ? new Warmup(accounts, _time).RunAsync(options.Value.RequiresTokens, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>The old <c>WebHost</c> has no <see cref="StartingAsync"/> and <see cref="StoppedAsync"/>, and validates no options when it starts.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_hasStarted)
            return Task.CompletedTask;

        services.GetService<IStartupValidator>()?.Validate();
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(Dispose);
        return StartingAsync(cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not the host's time limit: whoever stopped before may have used it up.
    public Task StoppedAsync(CancellationToken cancellationToken) => SignOutAsync();

    // Again, for who has signed in since; the first time, for a host that could not start.
    public async ValueTask DisposeAsync() => await SignOutAsync().ConfigureAwait(false);

#pragma warning disable VSTHRD002 // A container that is disposed of synchronously, and a WebHost that has stopped, leave no other way. Off the caller's context, which may be the one thread.
    public void Dispose() => Task.Run(SignOutAsync).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private async Task SignOutAsync()
    {
        if (!_mustSignOut)
            return;

        using var limit = new CancellationTokenSource(SignOutLimit, _time);
        await _accounts!.SignOutAsync(limit.Token).ConfigureAwait(false);

        // What took too long once is not waited for again.
        _mustSignOut = !limit.IsCancellationRequested;
    }
}
