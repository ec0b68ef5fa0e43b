namespace Apiax.Http.Handlers;

/// <summary>All accounts of a container: their status, sign-in and sign-out. Resolve it from the container.</summary>
public sealed class ApiaxAccounts
{
    private readonly SettingsRegistry _settings;
    private readonly TokenProviders _providers;

    internal ApiaxAccounts(SettingsRegistry settings, TokenProviders providers)
    {
        _settings = settings;
        _providers = providers;
    }

    /// <summary>The current status of each account. It sends no token request and does not call the credentials provider.</summary>
    /// <returns>One status for each client with its own settings, and one for the shared account if a client uses it, in the order of registration.</returns>
    public IReadOnlyList<ApiaxAccountStatus> GetStatus() => [.. _settings.InUse.Select(settings => settings.Status)];

    /// <summary>Gets a token for each account that <c>AddApiaxAuth</c> registered, in parallel, so that no later call has to wait for the first token.</summary>
    /// <param name="cancellationToken">Ends the wait; the token requests continue for other callers.</param>
    /// <exception cref="ApiaxAuthException">At least one account got no token; others may have one.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The settings of an account are wrong.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task SignInAsync(CancellationToken cancellationToken = default)
    {
        return Task.WhenAll(_settings.InUse.Select(SignInAsync));

        async Task SignInAsync(NamedSettings settings) => await settings.InForce.Tokens.GetTokenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the session of each account on the server (see <see cref="ApiaxAuthOptions.RevocationEndpoint"/>), in parallel, and discards its tokens. Use it when
    /// an application ends: a later call signs in again.
    /// </summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>A task that does not fail: the outcome is logged, and a session that stays open ends when it expires.</returns>
    /// <remarks>A session that other processes use, through a shared store, is not ended.</remarks>
    public Task SignOutAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(_providers.All().Select(account => account.SignOutAsync(cancellationToken)));
}
