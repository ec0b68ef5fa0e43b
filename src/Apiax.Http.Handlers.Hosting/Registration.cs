using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Hosting;

/// <summary>The one hosted service behind all registrations of this package.</summary>
internal static class Registration
{
    public static void AddAccountsLifetime(this IServiceCollection services, Action<AccountsLifetimeOptions> configure)
    {
        services.Configure(configure);

        // Ahead of all others: a host starts them in this order, and has them stopped in the reverse one.
        if (services.All(service => service.ImplementationType != typeof(AccountsLifetime)))
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, AccountsLifetime>());
    }

    public static InvalidOperationException NoAccount() =>
        new("A health check, warm-up or sign-out of Apiax is registered, but no account. Add one: services.AddHttpClient().AddApiaxAuth().");
}
