namespace Apiax.Http.Handlers;

/// <summary>Names under which the library can be observed.</summary>
public static class ApiaxAuthDiagnostics
{
    /// <summary>The log category of logins, refreshes and failures: <c>Apiax.Http.Handlers.Tokens</c>. What concerns single requests is logged under <see cref="BearerTokenHandler"/>.</summary>
    public const string LogCategory = "Apiax.Http.Handlers.Tokens";
}
