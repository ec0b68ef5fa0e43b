using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The first token while the host starts, and the end of the session when it stops.</summary>
public static class ApiaxAuthHostingServiceCollectionExtensions
{
    /// <summary>Gets the first token of each account while the host starts, before its other services do.</summary>
    /// <param name="services">The services, with an <c>AddApiaxAuth</c> among them.</param>
    /// <param name="required">
    /// Whether the host waits for the tokens, and does not start without: its start then fails with an <see cref="ApiaxAuthException"/>. When not, nobody waits, and what goes wrong is logged as ever.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// Asked for more than once, it is required if any of them says so. Nothing remembers from one process to the next that a password was rejected: under an orchestrator that starts a
    /// failed process again, a required warm-up sends a wrong password at each start, and may lock the account. Let it wait a minute or more between starts, or do not require it.
    /// </remarks>
    public static IServiceCollection AddApiaxAuthWarmup(this IServiceCollection services, bool required = false)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (required)
            services.Configure<WarmupOptions>(options => options.IsRequired = true);

        return services.AddHostedService<Warmup>();
    }

    /// <summary>
    /// When the host has stopped its other services, or could not start them, ends the session of each account by revoking its refresh token
    /// (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC 7009</see>, at <see cref="ApiaxAuthOptions.RevocationEndpoint"/>). It takes 2 seconds at most; how it went is logged.
    /// </summary>
    /// <param name="services">The services, with an <c>AddApiaxAuth</c> among them.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>A session that other processes use, too, by way of a shared store, goes on.</remarks>
    public static IServiceCollection AddApiaxAuthSignOut(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddHostedService<SignOut>();
    }
}
