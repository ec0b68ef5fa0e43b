using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The first token while the host starts, and the end of the session when it stops.</summary>
public static class ApiaxAuthHostingServiceCollectionExtensions
{
    /// <summary>Gets the first token of each account while the host starts, before its other services do.</summary>
    /// <param name="services">The services, with an <c>AddApiaxAuth</c> among them.</param>
    /// <param name="required">
    /// Whether the host waits for the tokens and does not start without: its start then fails with an <see cref="ApiaxAuthException"/>. If not, nothing waits, and failures are logged.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// Called more than once, it is required if any call says so. If the credentials are rejected, a required warm-up fails only when the first back-off is over, a minute or so later:
    /// an orchestrator that restarts a failed process at once must not send a wrong password with each start.
    /// </remarks>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient().AddApiaxAuth();
    /// builder.Services.AddApiaxAuthWarmup(required: true);
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxAuthWarmup(this IServiceCollection services, bool required = false)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddAccountsLifetime(options =>
        {
            options.WarmsUp = true;
            options.RequiresTokens |= required;
        });
        return services;
    }

    /// <summary>
    /// Ends the session of each account on the server when the host has stopped all other services, or is disposed of because it could not start. It takes 2 seconds at most, whatever is left of
    /// the host's shutdown timeout; the outcome is logged.
    /// </summary>
    /// <param name="services">The services, with an <c>AddApiaxAuth</c> among them.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>A session that is opened later by other code is ended when the host is disposed of. A session that other processes use, through a shared store, is not ended.</remarks>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient().AddApiaxAuth();
    /// builder.Services.AddApiaxAuthSignOut();
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxAuthSignOut(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddAccountsLifetime(options => options.SignsOut = true);
        return services;
    }
}
