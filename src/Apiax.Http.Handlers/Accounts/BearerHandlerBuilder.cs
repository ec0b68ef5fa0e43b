using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Http;

namespace Apiax.Http.Handlers;

/// <summary>The application's handler builder, which wraps the primary handler of an authenticated client in a <see cref="BearerTokenHandler"/> when it builds.</summary>
/// <remarks>
/// So the bearer handler is inside all handlers of the client (the application's, resilience, hedging, loggers) in whatever order they were registered: each retry
/// carries the current token, and nothing but the primary handler sees the header. Who looks at the primary handler's type before or after sees the primary handler.
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
        // A bearer handler that is there already: this builder is within another of its kind, which the application wrapped and then registered AddApiaxAuth again.
        if (PrimaryHandler is BearerTokenHandler || bearers.CreateFor(Name) is not { } bearer)
            return inner.Build();

        var built = BuildAround(bearer);
        if (Contains(built, bearer))
            return built;

        // A builder that does not use its primary handler, as a test's own does not.
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
