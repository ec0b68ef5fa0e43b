using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes the accounts of <c>AddApiaxAuth</c> part of an application's health.</summary>
public static class ApiaxAuthHealthChecksBuilderExtensions
{
    /// <summary>
    /// A check of all accounts: healthy; degraded, when the last token request failed and calls go on with the token that there is, or with the next try; unhealthy, when calls fail
    /// for want of a token. Read off what is known: no token request is sent for it, and no password asked for.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check. Default: <c>apiax</c>.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy, if anything.</param>
    /// <param name="tags">Tags to select checks by.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <remarks>
    /// Its data has, for each account by the name of its client: <c>state</c>, <c>expires_on</c>, <c>last_success</c>, <c>last_error</c> (an <see cref="ApiaxAuthFailure"/>), <c>next_attempt</c>;
    /// each only where there is something to say.
    /// </remarks>
    public static IHealthChecksBuilder AddApiaxAuth(
        this IHealthChecksBuilder builder, string name = "apiax", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return builder.Add(new HealthCheckRegistration(name, services => new AccountsHealthCheck(services.GetRequiredService<ApiaxAccounts>()), failureStatus, tags));
    }
}
