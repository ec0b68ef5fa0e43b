using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Hosting;

/// <summary>Validates and warms up the accounts before the host's other services start, and signs them out after those have stopped.</summary>
/// <param name="services">The container; it may have no accounts.</param>
/// <param name="options">What the application registered.</param>
internal sealed class AccountsLifetime(IServiceProvider services, IOptions<AccountsLifetimeOptions> options) : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan SignOutLimit = TimeSpan.FromSeconds(2);

    // Resolved early: a disposed container resolves nothing, and services are disposed in reverse order of creation.
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

    // Not the host's time limit: services that stopped earlier may have used it up.
    public Task StoppedAsync(CancellationToken cancellationToken) => SignOutAsync();

    // A second time if an account has signed in since, or the first time if the host could not start.
    public async ValueTask DisposeAsync() => await SignOutAsync().ConfigureAwait(false);

#pragma warning disable VSTHRD002 // Synchronous disposal of a container or WebHost allows no other way. Not on the caller's context, which may have a single thread.
    public void Dispose() => Task.Run(SignOutAsync).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private async Task SignOutAsync()
    {
        if (!_mustSignOut)
            return;

        using var limit = new CancellationTokenSource(SignOutLimit, _time);
        await _accounts!.SignOutAsync(limit.Token).ConfigureAwait(false);

        // After one timeout, it does not wait again.
        _mustSignOut = !limit.IsCancellationRequested;
    }
}
