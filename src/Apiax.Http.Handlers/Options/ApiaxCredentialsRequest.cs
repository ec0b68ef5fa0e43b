namespace Apiax.Http.Handlers;

/// <summary>Why an <see cref="IApiaxCredentialsProvider"/> is called.</summary>
/// <param name="clientName">The name of the client whose own account signs in; <see langword="null"/> for the shared account.</param>
/// <param name="lastCredentialsRejected">Whether the token endpoint rejected the credentials that were returned last.</param>
public sealed class ApiaxCredentialsRequest(string? clientName = null, bool lastCredentialsRejected = false)
{
    /// <summary>The name of the client whose own account signs in; <see langword="null"/> for the shared account.</summary>
    public string? ClientName { get; } = clientName;

    /// <summary>
    /// Whether the token endpoint rejected the credentials that were returned last: a provider that caches them must read them from their source again.
    /// The same credentials are not sent again until the back-off is over.
    /// </summary>
    public bool LastCredentialsRejected { get; } = lastCredentialsRejected;
}
