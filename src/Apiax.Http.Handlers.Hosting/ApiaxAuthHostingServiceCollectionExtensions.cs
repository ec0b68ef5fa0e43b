using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gets the first token while the host starts, and ends the session when the host stops.</summary>
public static class ApiaxAuthHostingServiceCollectionExtensions
{
    /// <summary>Gets the first token of each account while the host starts, before its other services start.</summary>
    /// <param name="services">The services, with an <c>AddApiaxAuth</c> among them.</param>
    /// <param name="required">
    /// If true, the host waits for the tokens; without them, its start fails with an <see cref="ApiaxAuthException"/>. If false, it does not wait, and failures
    /// are logged.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// After several calls, the tokens are required if any call says so. If the credentials are rejected, a required warm-up fails only after the first
    /// back-off, about a minute later: if an orchestrator restarted the process at once, each start would send the wrong password.
    /// Credentials that are corrected meanwhile are used within about 10 seconds, and the start continues, except in the last 10 seconds of the back-off.
    /// A password that got no answer is sent once more, after 30 seconds. An orchestrator should allow 3 minutes for such a start: one that it ends earlier
    /// sends the password again at the next start.
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
    /// Ends each account's session on the server when the host has stopped all other services, or is disposed because it could not start. It takes
    /// 2 seconds at most, independent of the host's shutdown timeout. The outcome is logged.
    /// </summary>
    /// <param name="services">The services, with an <c>AddApiaxAuth</c> among them.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// A session that other code opens later is ended when the host is disposed. A session that other processes use, through a shared store, is not ended.
    /// </remarks>
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
