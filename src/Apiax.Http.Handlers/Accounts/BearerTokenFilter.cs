using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// Puts the bearer handler inside all handlers of a client (the application's, resilience, hedging) in whatever order they were registered,
/// so that each of their retries carries the current token; and inside all loggers, the factory's included. That one redacts the text of a header in
/// its message, and hands the header itself to every sink that keeps structure.
/// </summary>
/// <remarks>Nothing is resolved before a request is sent: a logger provider or a setting may itself need a client of the factory.</remarks>
internal sealed class BearerTokenFilter(IOptions<ClientRegistrations> clients, IServiceProvider services) : IHttpMessageHandlerBuilderFilter
{
    private readonly UnlistedHosts _unlisted = new();

    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.Name == ApiaxAuthDefaults.TokenClientName || clients.Value.SettingsNameOf(builder.Name) is not { } name)
            return;

        // The settings are read with the first request and not here, too: the factory would keep an exception of this method for ever.
        var account = new Lazy<NamedSettings>(() => services.GetRequiredService<SettingsRegistry>().Get(name));
        var logger = services.GetRequiredService<ILogger<BearerTokenHandler>>();
        var handler = new BearerTokenHandler(() => account.Value.InForce, _unlisted, logger, services.GetRequiredService<TokenMetrics>());
        builder.AdditionalHandlers.Add(handler);
    };
}
