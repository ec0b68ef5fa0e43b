namespace Apiax.Http.Handlers;

/// <summary>Default names and values.</summary>
public static class ApiaxAuthDefaults
{
    /// <summary>
    /// The name of the <see cref="HttpClient"/> that fetches tokens:
    /// <c>services.AddHttpClient(ApiaxAuthDefaults.TokenClientName)</c> is where a proxy or a client certificate is set.
    /// </summary>
    /// <remarks>Only its primary handler is used: no logger, resilience handler or other handler sees a password.</remarks>
    public const string TokenClientName = "Apiax.Http.Handlers.TokenClient";

    /// <summary>The client that Apiax documents: <c>integration-api</c>.</summary>
    public const string ClientId = "integration-api";

    /// <summary>Apiax's production token endpoint.</summary>
    public static Uri TokenEndpoint { get; } = new("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token");
}
