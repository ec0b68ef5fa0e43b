using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers;

/// <summary>Creates token providers without a container.</summary>
public static class ApiaxAccessTokens
{
    /// <summary>Creates the token provider of one account. Create one for each account and share it: two providers sign in twice.</summary>
    /// <param name="options">The account's settings. Read once; later changes have no effect.</param>
    /// <param name="credentials">Where the user name and password come from; the options if null.</param>
    /// <param name="handler">
    /// Sends the token requests, for a proxy or a client certificate; a new one if null. The caller disposes it. It must not have sent a request yet; redirects
    /// and cookies are turned off.
    /// </param>
    /// <param name="timeProvider">The clock; the system's if null.</param>
    /// <param name="loggerFactory">Logs logins and failures; optional.</param>
    /// <param name="tokenStore">What the replicas share; each process keeps its own tokens if null. The caller disposes it, after the provider.</param>
    /// <param name="name">The account's name in metrics and logs, never the user name; unique in the process. <c>(unnamed)</c> if null.</param>
    /// <returns>The provider; the caller disposes it.</returns>
    /// <exception cref="ApiaxAuthException">The handler's redirects cannot be turned off.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Settings are wrong; the message names each of them.</exception>
    public static ApiaxAccessTokenProvider Create(
        ApiaxAuthOptions options,
        IApiaxCredentialsProvider? credentials = null,
        HttpMessageHandler? handler = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        ITokenStore? tokenStore = null,
        string? name = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var copy = options.Copy();
        ApiaxAuthOptionsValidator.ThrowIfInvalid(copy, hasCredentials: credentials is not null);

        // Its connections are used once, so that a provider that lives as long as the process sees DNS changes.
        var owned = handler is null ? new SocketsHttpHandler() : null;
        var primary = handler ?? owned!;
        TokenPrimaryHandler.Restrict(primary);
        if (owned is not null)
            NamedCertificate.AddCheckTo(owned);

        var logger = new GuardedLogger(loggerFactory?.CreateLogger(ApiaxAuthDiagnostics.LogCategory) ?? NullLogger.Instance);
        var time = timeProvider ?? TimeProvider.System;
        var store = tokenStore is null ? null : new GuardedTokenStore(tokenStore, time, logger);
        var provider = new ApiaxAccessTokenProvider(name ?? AccountName.Unnamed, copy, credentials, () => new HandlerLease(primary), owned, time, logger, TokenMetrics.Shared, store);
        provider.AddToGauges();
        return provider;
    }
}
