using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// Puts the bearer handler inside all handlers of a client (the application's, resilience, hedging) in whatever order they were registered,
/// so that each of their retries carries the current token; only the factory's request logger stays inside it.
/// </summary>
internal sealed class BearerTokenFilter(IOptions<AuthenticatedClients> clients, NamedAccounts accounts, ILogger<BearerTokenHandler> logger) : IHttpMessageHandlerBuilderFilter
{
    private readonly UnlistedHosts _unlisted = new();

    public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
    {
        next(builder);
        if (builder.Name != ApiaxAuthDefaults.TokenClientName && clients.Value.AccountOf(builder.Name) is { } name)
        {
            // The settings are read with the first request and not here: the factory would keep an exception of this method for ever.
            var account = accounts.Get(name);
            builder.AdditionalHandlers.Add(new BearerTokenHandler(() => account.Current, _unlisted, logger));
        }
    };
}
