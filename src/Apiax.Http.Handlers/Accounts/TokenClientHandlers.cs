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

    // Code that hangs may have lost only one answer, so it is run again; but each run that hangs keeps a thread.
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(10);

    private readonly object _gate = new();
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private TokenPipeline? _current;
    private Task<TokenPipeline>? _renewal;
    private long _begunAt;
    private string? _loggedFailure;
    private long _builtAt;
    private bool? _isShared;
    private bool _isDisposed;

    /// <summary>How long a token request waits for the application's code that creates the first handler, and for the code that creates another.</summary>
    internal (TimeSpan ForFirst, TimeSpan ForAnother) MaxWait { get; set; } = (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5));

    /// <summary>Returns a handler for one token request; dispose it afterwards. If another cannot be created, or another thread is creating it, that is the old one.</summary>
    /// <exception cref="ApiaxAuthException">The application returns a handler that others use, too, and that follows redirects, keeps cookies or has credentials; or its code hangs.</exception>
    public HttpMessageHandler Take()
    {
        TokenPipeline? old;
        Task<TokenPipeline> renewal;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            old = _current;
            var isUnderWay = _renewal is { IsCompleted: false } && _time.GetElapsedTime(_begunAt) < LongestRun;
            if (old is not null && (isUnderWay || old.Lifetime == Timeout.InfiniteTimeSpan || _time.GetElapsedTime(_builtAt) < old.Lifetime))
                return old.Lease();

            // On a thread of its own: code that hangs must not hold up the accounts, nor the end of the container.
            if (!isUnderWay)
                (_renewal, _begunAt) = (Task.Factory.StartNew(Renew, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), _time.GetTimestamp());

            renewal = _renewal!;
        }

        try
        {
            WaitFor(renewal, old is null ? MaxWait.ForFirst : MaxWait.ForAnother);
        }
#pragma warning disable CA1031 // The application's code, or a container that is being disposed: it resolves nothing, and sessions must still be ended.
        catch (Exception exception) when (old is not null)
#pragma warning restore CA1031
        {
            if (_loggedFailure != exception.Message)
                Logger().HandlerNotRenewed(exception);
            _loggedFailure = exception.Message;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
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

    private static void WaitFor(Task<TokenPipeline> renewal, TimeSpan maxWait)
    {
        if (Blocking.Ends(renewal, maxWait))
        {
            Blocking.Wait(renewal);
            return;
        }

        Abandoning.Abandon(renewal);
        throw new ApiaxAuthException(
            ApiaxAuthFailure.Misconfigured,
            $"The code that creates the primary handler of the client {ApiaxAuthDefaults.TokenClientName} has been running for more than {maxWait.TotalSeconds:0} s. It must not wait for a token of this library.");
    }

    private TokenPipeline Renew()
    {
        var pipeline = Create();
        lock (_gate)
        {
            // Requests that use the old handler continue with it; the last one disposes it.
            (_isDisposed ? pipeline : _current)?.Release();
            if (!_isDisposed)
                (_current, _builtAt, _loggedFailure) = (pipeline, _time.GetTimestamp(), null);
        }

        return pipeline;
    }

    private TokenPipeline Create()
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

            return pipeline;
        }
        catch
        {
            pipeline.Release();
            throw;
        }
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
            return new TokenPipeline(builder.Build(), scope, lifetime, Logger());
        }
        catch
        {
            scope?.Dispose();
            throw;
        }
    }

    private GuardedLogger Logger() => new(() => services.GetRequiredService<ILoggerFactory>().CreateLogger(ApiaxAuthDiagnostics.LogCategory));

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
