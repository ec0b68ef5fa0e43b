using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes the accounts of <c>AddApiaxAuth</c> part of an application's health.</summary>
public static class ApiaxAuthHealthChecksBuilderExtensions
{
    /// <summary>
    /// A check of all accounts. Degraded: the last token request failed, but a valid token is in use or the next call tries again. Unhealthy: calls fail, since no token can be obtained.
    /// It reports what is known: it sends no token request and does not call the credentials provider.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check. Default: <c>apiax</c>.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy, if anything.</param>
    /// <param name="tags">Tags to select checks by.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// Its data has, for each account by the name of its client: <c>state</c>, <c>expires_on</c>, <c>last_success</c>, <c>last_error</c> (an <see cref="ApiaxAuthFailure"/>), <c>next_attempt</c>;
    /// each only where it is known. Without an <c>AddApiaxAuth</c> for a client, the host does not start.
    /// </remarks>
    /// <example>
    /// A web application serves it with <c>app.MapHealthChecks("/health")</c>.
    /// <code>
    /// builder.Services.AddHttpClient().AddApiaxAuth();
    /// builder.Services.AddHealthChecks().AddApiaxAuth();
    /// </code>
    /// </example>
    public static IHealthChecksBuilder AddApiaxAuth(
        this IHealthChecksBuilder builder, string name = "apiax", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        builder.Services.AddAccountsLifetime(_ => { });
        return builder.Add(new HealthCheckRegistration(name, services => new AccountsHealthCheck(services.GetService<ApiaxAccounts>() ?? throw Registration.NoAccount()), failureStatus, tags));
    }
}
