namespace Apiax.Http.Handlers;

/// <summary>All accounts of a container, for what concerns them together. Resolve it from the container.</summary>
public sealed class ApiaxAccounts
{
    private readonly SettingsRegistry _settings;
    private readonly TokenProviders _providers;

    internal ApiaxAccounts(SettingsRegistry settings, TokenProviders providers)
    {
        _settings = settings;
        _providers = providers;
    }

    /// <summary>How each account is now; no token request is sent for it, and no password requested.</summary>
    /// <returns>A status for each client with settings of its own, and for the shared account if a client uses it, in the order of registration.</returns>
    public IReadOnlyList<ApiaxAccountStatus> GetStatus() => [.. _settings.InUse.Select(settings => settings.Status)];

    /// <summary>Gets a token for each account that <c>AddApiaxAuth</c> registered, all at once, so that no later call waits for its first.</summary>
    /// <param name="cancellationToken">Ends the wait; token requests go on for those who call meanwhile.</param>
    /// <exception cref="ApiaxAuthException">An account got no token; the others may have.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The settings of an account are wrong.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task SignInAsync(CancellationToken cancellationToken = default)
    {
        return Task.WhenAll(_settings.InUse.Select(SignInAsync));

        async Task SignInAsync(NamedSettings settings) => await settings.GetTokenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the session of each account, all at once, and forgets its tokens: its refresh token is revoked
    /// (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC 7009</see>, at <see cref="ApiaxAuthOptions.RevocationEndpoint"/>). For the end of an application: a call after it signs in again.
    /// </summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>A task that does not fail: how it went is logged, and a session that stays open ends when it expires.</returns>
    /// <remarks>A session that other processes use, too, by way of a shared store, goes on.</remarks>
    public Task SignOutAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(_providers.All().Select(account => account.SignOutAsync(cancellationToken)));
}
