using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a health check of the accounts of <c>AddApiaxAuth</c>.</summary>
public static class ApiaxAuthHealthChecksBuilderExtensions
{
    private static readonly Func<IServiceProvider, IHealthCheck> Create = services => new AccountsHealthCheck(services.GetService<ApiaxAccounts>() ?? throw Registration.NoAccount());

    /// <summary>
    /// Adds a check of all accounts. Degraded: the last token request failed, but a token is still valid or the next call tries again. Unhealthy: calls fail,
    /// since no token can be obtained.
    /// It reports the known state: it sends no token request and does not call the credentials provider.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check. Default: <c>apiax</c>.</param>
    /// <param name="failureStatus">The status to report instead of unhealthy; optional.</param>
    /// <param name="tags">Tags to select checks by.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// The data has, for each account under its client's name, <c>state</c>, <c>expires_on</c>, <c>last_success</c>, <c>last_error</c> (an
    /// <see cref="ApiaxAuthFailure"/>), <c>next_attempt</c>; each only if it is known. If no client uses <c>AddApiaxAuth</c>, the host does not start.
    /// A second call with the same name has no effect.
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
        builder.Services.Configure<HealthCheckServiceOptions>(checks =>
        {
            // Two libraries may register it.
            if (checks.Registrations.All(check => check.Name != name || check.Factory != Create))
                checks.Registrations.Add(new HealthCheckRegistration(name, Create, failureStatus, tags));
        });
        return builder;
    }
}
