using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers;

/// <summary>Puts the access token on requests to Apiax; on a 401 asks for another and sends once more.</summary>
/// <remarks>
/// <para>The token goes to the hosts of <see cref="ApiaxAuthOptions.ApiHosts"/> alone, over https (or loopback), and is off the request again when
/// the handler returns or throws. A request with an <c>Authorization</c> header of its own is passed on as it is.</para>
/// <para>A call is sent three times at most: the original, once more with the same token where a redirect took it off, once more with another
/// token where the API rejected it. A body is sent again only if it is known to allow it.</para>
/// </remarks>
public sealed class BearerTokenHandler : DelegatingHandler
{
    private readonly Func<BearerAccount> _account;
    private readonly UnlistedHosts _unlisted;
    private readonly ILogger _logger;
    private BearerHeader? _header;

    /// <summary>Creates a handler, for use without a container; with one, <c>AddApiaxAuth()</c> does it.</summary>
    /// <param name="tokens">Where tokens come from, for example <see cref="ApiaxAccessTokens.Create"/>.</param>
    /// <param name="options">Which hosts may have them. Read once; later changes have no effect.</param>
    /// <param name="logger">Told about hosts without a token and about 401s; nobody if null.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A host pattern or the token endpoint is malformed.</exception>
    public BearerTokenHandler(IAccessTokenProvider tokens, ApiaxAuthOptions options, ILogger<BearerTokenHandler>? logger = null)
        : this(Fixed(tokens, options), new UnlistedHosts(), logger ?? NullLogger<BearerTokenHandler>.Instance)
    {
    }

    /// <param name="account">Asked for each request, so that changed settings count at once.</param>
    /// <param name="unlisted">Shared by all handlers of a container.</param>
    /// <param name="logger">Where 401s are told.</param>
    internal BearerTokenHandler(Func<BearerAccount> account, UnlistedHosts unlisted, ILogger logger)
    {
        _account = account;
        _unlisted = unlisted;
        _logger = logger;
    }

    /// <inheritdoc/>
    /// <exception cref="ApiaxAuthException">No token could be had; the API was not called.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var account = _account();
        return TakesToken(request, account)
            ? SendAsync(request, account, async: true, cancellationToken)
            : base.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ApiaxAuthException">No token could be had; the API was not called.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var account = _account();
        return TakesToken(request, account)
            ? Wait(new ValueTask<HttpResponseMessage>(SendAsync(request, account, async: false, cancellationToken)))
            : base.Send(request, cancellationToken);
    }

    private static Func<BearerAccount> Fixed(IAccessTokenProvider tokens, ApiaxAuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(options);
        ApiaxAuthOptionsValidator.ThrowIfInvalid(options, hasCredentials: true);
        var account = new BearerAccount(tokens, new ApiHosts(options), options.RetryOnUnauthorized);
        return () => account;
    }

    private bool TakesToken(HttpRequestMessage request, BearerAccount account)
    {
        if (!account.Hosts.Allow(request.RequestUri))
        {
            _unlisted.Tell(_logger, request.RequestUri);
            return false;
        }

        // Looking without parsing: a caller's own header is passed on exactly as it is.
        return !request.Headers.NonValidated.Contains("Authorization");
    }

    /// <summary>With <paramref name="async"/> off, everything in here completes at once: one text serves both ways to send.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, BearerAccount account, bool async, CancellationToken cancellationToken)
    {
        var tokens = account.Tokens.GetTokenAsync(cancellationToken);
        var header = HeaderOf(async ? await tokens.ConfigureAwait(false) : Wait(tokens));
        bool resent = false, replaced = false;

        while (true)
        {
            HttpResponseMessage response;
            bool stripped;
            request.Headers.Authorization = header;
            try
            {
                response = async ? await base.SendAsync(request, cancellationToken).ConfigureAwait(false) : base.Send(request, cancellationToken);
            }
            finally
            {
                stripped = !TakeOff(header, request);
            }

            if (response.StatusCode is not HttpStatusCode.Unauthorized || (stripped ? resent : replaced) || !CameFromAllowedHost(response, request, account))
                return response;

            if (stripped)
            {
                if (!MayBeSentAgain(request, account))
                    return response;

                _logger.TokenStripped(request.RequestUri!.Host);
                resent = true;
            }
            else
            {
                var other = ReplaceAsync(header, request, response, account, async, cancellationToken);
                header = async ? await other.ConfigureAwait(false) : Wait(other);
                if (header is null)
                    return response;

                replaced = true;
            }

            // Before the replay, or one connection per server would wait for itself.
            response.Dispose();
        }
    }

    /// <summary>The header to send again with; nothing where the caller shall have the 401.</summary>
    private async ValueTask<BearerHeader?> ReplaceAsync(
        BearerHeader rejected, HttpRequestMessage request, HttpResponseMessage response, BearerAccount account, bool async, CancellationToken cancellationToken)
    {
        // The token is good and may not do this: another one may not either (RFC 6750 §3.1).
        if (response.Headers.WwwAuthenticate.Any(challenge => challenge.Parameter?.Contains("insufficient_scope", StringComparison.Ordinal) == true))
            return null;

        var host = request.RequestUri!.Host;
        var sendAgain = MayBeSentAgain(request, account);
        try
        {
            var replacement = account.Tokens.ReplaceTokenAsync(rejected.Token, sendAgain ? cancellationToken : CancellationToken.None);
            if (!sendAgain)
            {
                _logger.NotSentAgain(host);
                _ = ObserveAsync(replacement, host);
                return null;
            }

            var token = async ? await replacement.ConfigureAwait(false) : Wait(replacement);
            if (token.Value == rejected.Token.Value)
            {
                _logger.Rationed(host);
                return null;
            }

            _logger.TokenReplaced(host);
            return HeaderOf(token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            response.Dispose();
            throw;
        }
#pragma warning disable CA1031 // Whatever a provider throws, the caller is no worse off than without one: the 401 stands.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.NotReplaced(host, exception);
            return null;
        }
    }

    private async Task ObserveAsync(ValueTask<AccessToken> replacement, string host)
    {
        try
        {
            await replacement.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody waits for it; the next call meets the same failure and throws it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.NotReplaced(host, exception);
        }
    }

    private static bool MayBeSentAgain(HttpRequestMessage request, BearerAccount account) =>
        account.RetryOnUnauthorized && ReplayableContent.Includes(request.Content);

    /// <summary>Redirects move a request to wherever the server says: neither a 401 from elsewhere nor a token to elsewhere is ours.</summary>
    private static bool CameFromAllowedHost(HttpResponseMessage response, HttpRequestMessage request, BearerAccount account) =>
        account.Hosts.Allow(request.RequestUri) &&
        (response.RequestMessage is not { } answered || ReferenceEquals(answered, request) || account.Hosts.Allow(answered.RequestUri));

    /// <summary>Whether our header was still on the request: .NET takes it off on every redirect.</summary>
    private static bool TakeOff(BearerHeader header, HttpRequestMessage request)
    {
        if (!ReferenceEquals(request.Headers.Authorization, header))
            return false;

        request.Headers.Authorization = null;
        return true;
    }

    // Made once for each token; a race makes two of them, and both are right.
    private BearerHeader HeaderOf(AccessToken token)
    {
        var header = _header;
        return ReferenceEquals(header?.Token, token) ? header! : _header = new BearerHeader(token);
    }

    private static T Wait<T>(ValueTask<T> pending) =>
#pragma warning disable VSTHRD002 // HttpClient.Send must block; the flight runs on the thread pool and needs neither this thread nor its context.
        pending.IsCompleted ? pending.GetAwaiter().GetResult() : pending.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
