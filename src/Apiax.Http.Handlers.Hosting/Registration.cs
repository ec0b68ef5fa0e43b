using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Apiax.Http.Handlers.Hosting;

/// <summary>Registers the hosted service that all registrations of this package share.</summary>
internal static class Registration
{
    public static void AddAccountsLifetime(this IServiceCollection services, Action<AccountsLifetimeOptions> configure)
    {
        services.Configure(configure);

        // Before all others: a host starts services in this order and stops them in reverse order.
        // On .NET 8 before 8.0.2, a keyed service has no implementation type to read.
        if (services.All(service => service.IsKeyedService || service.ImplementationType != typeof(AccountsLifetime)))
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, AccountsLifetime>());
    }

    public static InvalidOperationException NoAccount() =>
        new("An Apiax health check, warm-up or sign-out is registered, but no account. Add one: services.AddHttpClient().AddApiaxAuth().");
}
