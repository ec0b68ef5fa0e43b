using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Http;

namespace Apiax.Http.Handlers;

/// <summary>Decorates the application's handler builder: wraps the primary handler of an authenticated client in a <see cref="BearerTokenHandler"/>.</summary>
/// <remarks>
/// So the bearer handler is inside all other handlers of the client (the application's, resilience, hedging, loggers), in any order of registration. Each retry
/// has the current token, and only the primary handler sees the header. Code that checks the primary handler's type still sees the original one.
/// </remarks>
internal sealed class BearerHandlerBuilder(HttpMessageHandlerBuilder inner, BearerHandlers bearers) : HttpMessageHandlerBuilder
{
    /// <summary>The builder as the application registered it.</summary>
    public HttpMessageHandlerBuilder Undecorated => inner;

    [DisallowNull]
    public override string? Name
    {
        get => inner.Name;
        set => inner.Name = value;
    }

    public override HttpMessageHandler PrimaryHandler
    {
        get => inner.PrimaryHandler;
        set => inner.PrimaryHandler = value;
    }

    public override IList<DelegatingHandler> AdditionalHandlers => inner.AdditionalHandlers;

    public override IServiceProvider Services => inner.Services;

    public override HttpMessageHandler Build()
    {
        // There is a bearer handler already: the application wrapped another builder of this kind, then called AddApiaxAuth again.
        if (PrimaryHandler is BearerTokenHandler || bearers.CreateFor(Name) is not { } bearer)
            return inner.Build();

        var built = BuildAround(bearer);
        if (Contains(built, bearer))
            return built;

        // A builder that does not use its primary handler, for example a test's own.
        bearer.InnerHandler = built;
        return bearer;
    }

    private HttpMessageHandler BuildAround(BearerTokenHandler bearer)
    {
        if (PrimaryHandler is not { } primary)
            return inner.Build();

        bearer.InnerHandler = primary;
        PrimaryHandler = bearer;
        try
        {
            return inner.Build();
        }
        finally
        {
            PrimaryHandler = primary;
        }
    }

    private static bool Contains(HttpMessageHandler? handler, BearerTokenHandler bearer)
    {
        while (handler is DelegatingHandler delegating && delegating != bearer)
            handler = delegating.InnerHandler;

        return handler == bearer;
    }
}
