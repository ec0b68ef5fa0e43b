using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Creates the bearer handlers of a container's clients.</summary>
/// <remarks>No application service is resolved before a request is sent: a logger provider or a setting may itself need a client of the factory.</remarks>
internal sealed class BearerHandlers(IOptions<ClientRegistrations> clients, IServiceProvider services)
{
    private readonly LoggedHosts _logged = new();

    /// <summary>A handler without an inner handler; null for a client without a token.</summary>
    public BearerTokenHandler? CreateFor(string? client)
    {
        if (clients.Value.SettingsNameOf(client) is not { } name)
            return null;

        // The settings are read at the first request, not here: the factory would keep an exception permanently.
        // What a 401 needs is resolved then as well: when the 401 comes, the container may have been disposed.
        var logger = new GuardedLogger(services.GetRequiredService<ILogger<BearerTokenHandler>>);
        var metrics = new Lazy<TokenMetrics>(services.GetRequiredService<TokenMetrics>, LazyThreadSafetyMode.PublicationOnly);
        var settings = new Lazy<Func<HandlerSettings>>(
            () =>
            {
                logger.Resolve();
                _ = metrics.Value;
                return SettingsOf(client, name);
            },
            LazyThreadSafetyMode.PublicationOnly);
        return new BearerTokenHandler(
            () => settings.Value(),
            _logged,
            logger,
            () => metrics.Value,
            clients.Value.IsRegistered(client) ? LogLevel.Warning : LogLevel.Information);
    }

    private Func<HandlerSettings> SettingsOf(string? client, string name)
    {
        var settings = services.GetRequiredService<SettingsRegistry>().Get(name);
        return services.GetRequiredService<ApplicationTokens>().For(client) is { } tokens ? settings.ServedBy(tokens) : () => settings.InForce;
    }
}
