namespace Apiax.Http.Handlers;

/// <summary>All accounts of a container, for what concerns them together. Resolve it from the container.</summary>
public sealed class ApiaxAccounts
{
    private readonly NamedAccounts _named;

    internal ApiaxAccounts(NamedAccounts named) => _named = named;

    /// <summary>How each account is now; no token request is sent for it, and no password asked for.</summary>
    /// <returns>A status for each account that a door (<c>AddApiaxAuth</c>) uses, the shared one first.</returns>
    public IReadOnlyList<ApiaxAccountStatus> GetStatus() => [.. _named.All.Select(account => account.Status)];
}
