namespace Apiax.Http.Handlers;

/// <summary>Identifies an account: settings with the same key share one token.</summary>
/// <param name="TokenEndpoint">The token endpoint.</param>
/// <param name="ClientId">The OAuth 2 client.</param>
/// <param name="User">The user name in one case (no known server distinguishes users by case); null if a credentials provider returns it.</param>
/// <param name="Provider">The name of the settings that have the credentials provider: its user is not known before it is called.</param>
/// <param name="Scope">The scope, if any.</param>
internal sealed record AccountKey(Uri TokenEndpoint, string ClientId, string? User, string? Provider, string? Scope)
{
    // The parts of the key cannot differ, and each client's own settings may. All others are compared, including settings of later releases.
    private static readonly HashSet<string> NotCompared = new(StringComparer.Ordinal)
    {
        nameof(ApiaxAuthOptions.TokenEndpoint), nameof(ApiaxAuthOptions.ClientId), nameof(ApiaxAuthOptions.Username), nameof(ApiaxAuthOptions.Scope),
        nameof(ApiaxAuthOptions.ApiHosts), nameof(ApiaxAuthOptions.RetryOnUnauthorized), nameof(ApiaxAuthOptions.ReplaceOnForbidden), nameof(ApiaxAuthOptions.MaxReplayBodySize),
    };

    /// <param name="name">The name of the settings.</param>
    /// <param name="options">The settings, valid.</param>
    /// <param name="hasProvider">Whether a credentials provider is registered for them.</param>
    public static AccountKey Of(string name, ApiaxAuthOptions options, bool hasProvider) => new(
        options.TokenEndpoint,
        options.ClientId,
        hasProvider ? null : options.Username!.ToUpperInvariant(),
        hasProvider ? name : null,
        string.IsNullOrWhiteSpace(options.Scope) ? null : options.Scope);

    /// <summary>The names of the account's settings that two users of the account set differently.</summary>
    public static string Differences(ApiaxAuthOptions one, ApiaxAuthOptions other) => string.Join(", ", typeof(ApiaxAuthOptions).GetProperties()
        .Where(setting => !NotCompared.Contains(setting.Name) && !Equals(setting.GetValue(one), setting.GetValue(other)))
        .Select(setting => setting.Name));
}
