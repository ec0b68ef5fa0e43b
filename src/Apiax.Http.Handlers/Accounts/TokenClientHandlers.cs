using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// The handlers of the token client: the pipeline that the factory would create, reduced to its primary handler. A logger would print the password, a retry would
/// lock the user, and the bearer handler would wait for itself.
/// </summary>
internal sealed class TokenClientHandlers(IServiceProvider services) : IDisposable
{
    // Used for the default handler if its lifetime is infinite: it would otherwise never resolve its host again.
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(2);

    private readonly object _gate = new();
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private TokenPipeline? _current;
    private long _builtAt;
    private bool? _isShared;
    private bool _isDisposed;

    /// <summary>Returns a handler for one token request; dispose it afterwards. If another cannot be created, that is the old one.</summary>
    /// <exception cref="ApiaxAuthException">The application returns a handler that others use, too, and that follows redirects, keeps cookies or has credentials.</exception>
    public HttpMessageHandler Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                if (_current is null || (_current.Lifetime != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(_builtAt) >= _current.Lifetime))
                    Renew();
            }
#pragma warning disable CA1031 // The application's code, or a container that is being disposed: it resolves nothing, and sessions must still be ended.
            catch (Exception) when (_current is not null)
#pragma warning restore CA1031
            {
            }

            return _current!.Lease();
        }
    }

    /// <summary>Why no token request can be sent with the application's configuration; null if it can.</summary>
    public string? FindProblem()
    {
        try
        {
            Take().Dispose();
            return null;
        }
        catch (ApiaxAuthException exception)
        {
            return exception.Message;
        }
    }

    public void Dispose()
    {
        TokenPipeline? last;
        lock (_gate)
            (last, _current, _isDisposed) = (_current, null, true);

        last?.End();
    }

    private void Renew()
    {
        var pipeline = Build(ApiaxAuthDefaults.TokenClientName);
        try
        {
            pipeline.IsShared = _isShared ??= IsReused(pipeline);
            if (!pipeline.IsShared)
            {
                TokenPrimaryHandler.Restrict(pipeline.Handler);
                NamedCertificate.AddCheckTo(pipeline.Handler);
            }
            else if (TokenPrimaryHandler.NeedsRestriction(pipeline.Handler))
                throw SharedHandler(pipeline.Handler);
        }
        catch
        {
            pipeline.Release();
            throw;
        }

        // Requests that use the old handler continue with it; the last one disposes it.
        _current?.Release();
        (_current, _builtAt) = (pipeline, _time.GetTimestamp());
    }

    /// <summary>Whether the application returns the same handler more than once, to this client or to any.</summary>
    private bool IsReused(TokenPipeline pipeline)
    {
        var innermost = TokenPrimaryHandler.InnermostOf(pipeline.Handler);
        return IsReusedBy(ApiaxAuthDefaults.TokenClientName) || IsReusedBy(ClientRegistrations.ProbeClient);

        bool IsReusedBy(string client)
        {
            TokenPipeline other;
            try
            {
                other = Build(client);
            }
#pragma warning disable CA1031 // The application's code created one handler but not a second: that says nothing about the first.
            catch (Exception)
#pragma warning restore CA1031
            {
                return false;
            }

            other.IsShared = TokenPrimaryHandler.InnermostOf(other.Handler) == innermost;
            other.Release();
            return other.IsShared;
        }
    }

    private TokenPipeline Build(string client)
    {
        var options = services.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>().Get(client);
        IServiceScope? scope = options.SuppressHandlerScope ? null : services.CreateScope();
        try
        {
            var builder = BuilderDecoration.Find((scope?.ServiceProvider ?? services).GetRequiredService<HttpMessageHandlerBuilder>()).Undecorated;
            builder.Name = client;
            var given = builder.PrimaryHandler;
            Configure(builder, options);
            builder.AdditionalHandlers.Clear();
            var isDefault = builder.PrimaryHandler == given;
            var lifetime = isDefault && options.HandlerLifetime == Timeout.InfiniteTimeSpan ? DefaultLifetime : options.HandlerLifetime;
            return new TokenPipeline(builder.Build(), scope, lifetime, new GuardedLogger(() => services.GetRequiredService<ILoggerFactory>().CreateLogger(ApiaxAuthDiagnostics.LogCategory)));
        }
        catch
        {
            scope?.Dispose();
            throw;
        }
    }

    /// <summary>Runs the client's actions inside the filters, the first filter outermost, like the factory.</summary>
    private void Configure(HttpMessageHandlerBuilder builder, HttpClientFactoryOptions options)
    {
        Action<HttpMessageHandlerBuilder> configure = each =>
        {
            foreach (var action in options.HttpMessageHandlerBuilderActions)
                action(each);
        };
        foreach (var filter in services.GetServices<IHttpMessageHandlerBuilderFilter>().Reverse())
            configure = filter.Configure(configure);

        configure(builder);
    }

    private static ApiaxAuthException SharedHandler(HttpMessageHandler handler) => new(
        ApiaxAuthFailure.Misconfigured,
        $"The application uses the same {TokenPrimaryHandler.InnermostOf(handler).GetType()} for the token client and for other clients, or each time the token client needs a new handler. It follows redirects, keeps cookies or has credentials, " +
        "which token requests must not do, and it is not changed because other clients may use it. Give the token client its own handler: " +
        $"services.AddHttpClient({nameof(ApiaxAuthDefaults)}.{nameof(ApiaxAuthDefaults.TokenClientName)}).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler()); " +
        "or set AllowAutoRedirect and UseCookies of the shared handler to false, and Credentials to null.");
}
