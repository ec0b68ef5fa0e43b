namespace Apiax.Http.Handlers;

/// <summary>What makes an account: settings that agree in it share one token.</summary>
/// <param name="TokenEndpoint">The token endpoint.</param>
/// <param name="ClientId">The OAuth 2 client.</param>
/// <param name="User">The user's name without its case, by which no server that is known to us tells users apart; nothing where a provider answers with it.</param>
/// <param name="Provider">The name of the settings whose credentials provider it is: whose credentials it returns is not known before it is called.</param>
/// <param name="Scope">The scope, if any.</param>
internal sealed record AccountKey(Uri TokenEndpoint, string ClientId, string? User, string? Provider, string? Scope)
{
    // What makes the account cannot differ within it, and what each client has for itself may. All else is compared, a setting yet to come as well.
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

    /// <summary>The account's settings that two who share it set differently, by name.</summary>
    public static string Differences(ApiaxAuthOptions one, ApiaxAuthOptions other) => string.Join(", ", typeof(ApiaxAuthOptions).GetProperties()
        .Where(setting => !NotCompared.Contains(setting.Name) && !Equals(setting.GetValue(one), setting.GetValue(other)))
        .Select(setting => setting.Name));
}
