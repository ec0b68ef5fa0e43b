using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Replaces the registered handler builder with <see cref="BearerHandlerBuilder"/>, and detects when another was registered after it.</summary>
internal sealed class BuilderDecoration(IOptions<ClientRegistrations> clients) : IPostConfigureOptions<HttpClientFactoryOptions>
{
    /// <summary>Decorates the builder that the factory would get, once.</summary>
    public static void Apply(IServiceCollection services)
    {
        for (var index = services.Count - 1; index >= 0; index--)
        {
            var service = services[index];
            if (service.ServiceType != typeof(HttpMessageHandlerBuilder) || service.IsKeyedService)
                continue;

            if (service.ImplementationFactory?.Target is not Registration)
                services[index] = ServiceDescriptor.Describe(typeof(HttpMessageHandlerBuilder), new Registration(service).Create, service.Lifetime);

            return;
        }
    }

    /// <exception cref="ApiaxAuthException">Another builder was registered after this one.</exception>
    public static BearerHandlerBuilder Find(HttpMessageHandlerBuilder builder) => builder as BearerHandlerBuilder ?? throw new ApiaxAuthException(
        ApiaxAuthFailure.Misconfigured,
        $"{builder.GetType()} was registered as {nameof(HttpMessageHandlerBuilder)} after AddApiaxAuth, so requests would be sent without the token. Call the same AddApiaxAuth again after that registration.");

    // Not every application with its own builder starts a host; clients without a token are not checked.
    public void PostConfigure(string? name, HttpClientFactoryOptions options)
    {
        if (clients.Value.SettingsNameOf(name) is not null)
            options.HttpMessageHandlerBuilderActions.Add(builder => Find(builder));
    }

    private sealed class Registration(ServiceDescriptor inner)
    {
        public BearerHandlerBuilder Create(IServiceProvider services)
        {
            var builder = inner.ImplementationInstance ?? inner.ImplementationFactory?.Invoke(services) ?? ActivatorUtilities.CreateInstance(services, inner.ImplementationType!);
            return new BearerHandlerBuilder((HttpMessageHandlerBuilder)builder, services.GetRequiredService<BearerHandlers>());
        }
    }
}
