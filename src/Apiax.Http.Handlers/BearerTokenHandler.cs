using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers;

/// <summary>Adds the access token to requests to Apiax. After a 401, gets another token and sends the request again.</summary>
/// <remarks>
/// <para>The token is sent only to the hosts of <see cref="ApiaxAuthOptions.ApiHosts"/>, over https (or loopback). It is removed from the request when
/// the handler returns or throws. A request with its own <c>Authorization</c> header is sent unchanged.</para>
/// <para>A call is sent three times at most: the original, again with the same token if a redirect removed it, and again with another
/// token if the API rejected it. The body has the same bytes each time: a body that is neither in memory nor a seekable stream is recorded while it is sent, up to
/// <see cref="ApiaxAuthOptions.MaxReplayBodySize"/>; if it is longer, it is sent once, and the caller gets the 401.</para>
/// </remarks>
public sealed class BearerTokenHandler : DelegatingHandler
{
    private readonly Func<HandlerSettings> _settings;
    private readonly HandlerTelemetry _telemetry;
    private BearerHeader? _header;

    /// <summary>Creates a handler for use without a container. With a container, call <c>AddApiaxAuth()</c> instead.</summary>
    /// <param name="tokens">Where tokens come from, for example <see cref="ApiaxAccessTokens.Create"/>.</param>
    /// <param name="options">Which hosts get the token, and how a 401 is handled. Of the account's settings, only the token endpoint is used: it never gets a token. Read once; later changes have no effect.</param>
    /// <param name="loggerFactory">Logs hosts without a token and 401s; optional.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A host pattern or the token endpoint is malformed.</exception>
    public BearerTokenHandler(IApiaxAccessTokenProvider tokens, ApiaxAuthOptions options, ILoggerFactory? loggerFactory = null)
        : this(Fixed(tokens, options), new LoggedHosts(), new GuardedLogger((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<BearerTokenHandler>()), () => TokenMetrics.Shared)
    {
    }

    /// <param name="settings">Called for each request, so that changed settings take effect at once.</param>
    /// <param name="logged">Shared by all handlers of a container.</param>
    /// <param name="logger">Logs hosts without a token and 401s.</param>
    /// <param name="metrics">Counts 401s; called with each.</param>
    /// <param name="unlisted">The level at which hosts without a token are logged.</param>
    internal BearerTokenHandler(Func<HandlerSettings> settings, LoggedHosts logged, ILogger logger, Func<TokenMetrics> metrics, LogLevel unlisted = LogLevel.Information)
    {
        _settings = settings;
        _telemetry = new HandlerTelemetry(logged, logger, metrics, unlisted);
    }

    /// <inheritdoc/>
    /// <exception cref="ApiaxAuthException">No token could be obtained; the API was not called.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return StartAsync(request, cancellationToken);
        }
#pragma warning disable CA1031 // All exceptions: callers that start several calls at once expect a failure in the task.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return FailAsync(exception);
        }
    }

    private Task<HttpResponseMessage> StartAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var settings = _settings();
        if (!GetsToken(request, settings, out var isUnderWay))
            return base.SendAsync(request, cancellationToken);

        var token = settings.Tokens.GetTokenAsync(request.RequestUri!, cancellationToken);
        return token.IsCompletedSuccessfully
            ? SendAsync(request, HeaderOf(Blocking.Wait(token), settings, isUnderWay), async: true, cancellationToken)
            : WaitAndSendAsync(token, request, settings, isUnderWay, async: true, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ApiaxAuthException">No token could be obtained; the API was not called.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var settings = _settings();
        if (!GetsToken(request, settings, out var isUnderWay))
            return base.Send(request, cancellationToken);

        var token = Blocking.StartToGet(settings.Tokens, request.RequestUri!, cancellationToken);
        return Blocking.Wait(token.IsCompletedSuccessfully
            ? SendAsync(request, HeaderOf(Blocking.Wait(token), settings, isUnderWay), async: false, cancellationToken)
            : WaitAndSendAsync(token, request, settings, isUnderWay, async: false, cancellationToken));
    }

    private static Func<HandlerSettings> Fixed(IApiaxAccessTokenProvider tokens, ApiaxAuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(options);
        ApiaxAuthOptionsValidator.ThrowIfInvalidForHandler(options);
        var settings = new HandlerSettings(tokens, options);
        return () => settings;
    }

    /// <param name="request">The request.</param>
    /// <param name="settings">The settings in force.</param>
    /// <param name="isUnderWay">Whether another send of this request may be under way.</param>
    private bool GetsToken(HttpRequestMessage request, HandlerSettings settings, out bool isUnderWay)
    {
        isUnderWay = false;
        var isAllowed = settings.Hosts.Allow(request.RequestUri);
        if (isAllowed && !BearerHeader.IsOn(request))
            return true;

        // A token of another account is the caller's own, unless it would be leaked.
        isUnderWay = BearerHeader.RemoveAny(request, isAllowed ? settings.Tokens : null);
        if (isUnderWay && isAllowed)
            return true;

        _telemetry.NoTokenAdded(request.RequestUri, isAllowed ? nameof(Log.OwnAuthorization) : isUnderWay ? nameof(Log.TokenRemoved) : nameof(Log.UnlistedHost), settings);
        return false;
    }

    private async Task<HttpResponseMessage> WaitAndSendAsync(
        ValueTask<ApiaxAccessToken> token, HttpRequestMessage request, HandlerSettings settings, bool isUnderWay, bool async, CancellationToken cancellationToken)
    {
        var current = async ? await token.ConfigureAwait(false) : Blocking.Wait(token);

        // Another send of the request, which waited for the same token, may have begun meanwhile.
        isUnderWay |= BearerHeader.RemoveAny(request, settings.Tokens);
        return await (IsStillAllowed(request)
            ? SendAsync(request, HeaderOf(current, settings, isUnderWay), async, cancellationToken)
            : PassOnAsync(request, async, cancellationToken)).ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> PassOnAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken) =>
        async ? base.SendAsync(request, cancellationToken) : Task.FromResult(base.Send(request, cancellationToken));

    // After a cancellation, the task is cancelled.
    private static async Task<HttpResponseMessage> FailAsync(Exception exception) => await Task.FromException<HttpResponseMessage>(exception).ConfigureAwait(false);

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, BearerHeader header, bool async, CancellationToken cancellationToken)
    {
        var before = RequestTrace.IsOn(request) ? CallFlags.TraceIsCallers : default;
        if (request.Content is null)
            return SendAsync(request, header, before | CallFlags.HasNoBody, async, cancellationToken);

        var body = RequestBody.Of(request, header.Settings.MaxReplayBodySize, InnerHandler);
        var withBody = body is null ? header : header.With(body);
        return body is BodyRecording recording
            ? RecordAndSendAsync(request, recording, withBody, before, async, cancellationToken)
            : SendAsync(request, withBody, before, async, cancellationToken);
    }

    private async Task<HttpResponseMessage> RecordAndSendAsync(
        HttpRequestMessage request, BodyRecording recording, BearerHeader header, CallFlags before, bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(request, header, before, async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            recording.Detach(request);
        }
    }

    /// <summary>Sends with the header. If <paramref name="async"/> is false, it completes synchronously: <c>Send</c> and <c>SendAsync</c> share this code.</summary>
    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, BearerHeader header, CallFlags before, bool async, CancellationToken cancellationToken)
    {
        Task<HttpResponseMessage> sending;
        header.AddTo(request);
        try
        {
            sending = PassOnAsync(request, async, cancellationToken);
        }
        catch
        {
            header.RemoveFrom(request);
            throw;
        }

        // Some mocks return null.
        sending ??= Task.FromResult<HttpResponseMessage>(null!);

        // An inner handler that completes at once (a cache, a stub, or Send) needs no extra task here.
        var completed = sending.IsCompletedSuccessfully ? Blocking.Wait(sending) : null;
        if (completed is null || header.Settings.IsRelevant(completed) || IsToCopy(completed, request) || (before & (CallFlags.Resent | CallFlags.Replaced)) != CallFlags.None)
            return FinishAsync(sending, request, header, before, async, cancellationToken);

        header.RemoveFrom(request);
        return sending;
    }

    // Each parameter costs 8 B for every request that waits for its response: what only a 401 needs is in the header.
    private async Task<HttpResponseMessage> FinishAsync(
        Task<HttpResponseMessage> sending, HttpRequestMessage request, BearerHeader header, CallFlags before, bool async, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        bool stripped;
        try
        {
            response = await sending.ConfigureAwait(false);
        }
        finally
        {
            stripped = !header.RemoveFrom(request);
        }

        if (response is null)
            throw new InvalidOperationException($"{InnerHandler} returned null instead of a response.");
        if (IsToCopy(response, request))
            stripped = !header.RemoveFrom(response.RequestMessage!);

        var isRelevant = IsRelevant(response, request, header.Settings);
        if (isRelevant && header.Settings.Rejects(response))
            return await RetryUnauthorizedAsync(response, stripped, request, header, before, async, cancellationToken).ConfigureAwait(false);

        RecordRepeat(response, stripped, request, header, before);
        if (isRelevant && !stripped)
            TokenReplacement.Accept(response, request, header);
        return response;
    }

    /// <summary>Sends again: with the same token if a redirect removed it, with another if it was rejected. Each at most once.</summary>
    private async Task<HttpResponseMessage> RetryUnauthorizedAsync(
        HttpResponseMessage response, bool stripped, HttpRequestMessage request, BearerHeader header, CallFlags before, bool async, CancellationToken cancellationToken)
    {
        var repeat = stripped ? CallFlags.Resent : CallFlags.Replaced;
        if (before.HasFlag(repeat) || (stripped && !TryWithdraw(request, header, before)))
        {
            RecordRepeat(response, stripped, request, header, before);
            if (stripped)
                _telemetry.NotResent(request.RequestUri!, header.Settings);
            return response;
        }

        if (stripped)
        {
            var telemetry = _telemetry.Of(header.Settings);
            telemetry.Unauthorized(UnauthorizedOutcome.SameTokenResent);
            telemetry.Logger.TokenStripped(request.RequestUri!.Host);
        }
        else
        {
            // The caller may dispose its body during the wait.
            var rejected = header;
            Func<bool>? canBeSentAgain = rejected.Settings.RetryOnUnauthorized && TryWithdraw(request, rejected, before)
                ? () => IsStillAllowed(request) && TryWithdraw(request, rejected, before) : null;
            if (await ReplacementFor(rejected).GetAsync(rejected, response, request, canBeSentAgain, async, cancellationToken).ConfigureAwait(false) is not { } token)
                return response;

            header = HeaderOf(token, rejected.Settings).InsteadOf(rejected, request.RequestUri!);
        }

        // Before the replay: with one connection per server, the replay would otherwise wait for this response.
        response.Dispose();
        header = header.Replace(request);
        if (!before.HasFlag(CallFlags.TraceIsCallers))
            RequestTrace.RemoveFrom(request);
        header.Body?.Restore(request);
        if (before.HasFlag(CallFlags.HasNoBody) && request.Content is not null)
            request.Content = null;

        return await SendAsync(request, header, before | repeat, async, cancellationToken).ConfigureAwait(false);
    }

    // Of the last send: only its response shows whether the other token is accepted.
    private void RecordRepeat(HttpResponseMessage response, bool stripped, HttpRequestMessage request, BearerHeader header, CallFlags before)
    {
        if ((before & CallFlags.Replaced) is CallFlags.Replaced)
            ReplacementFor(header).RecordRepeat(header, response, request, stripped);
    }

    private TokenReplacement ReplacementFor(BearerHeader header) => new(_telemetry.Of(header.Settings));

    /// <summary>Whether the request can be sent again with the same body. A redirect may have removed the body.</summary>
    private static bool TryWithdraw(HttpRequestMessage request, BearerHeader header, CallFlags before) =>
        before.HasFlag(CallFlags.HasNoBody) || (header.Body?.TryWithdraw(request) ?? (request.Content is not { } content || ReplayableContent.CanBegin(content)));

    /// <summary>After a wait: a reload may have removed the host meanwhile.</summary>
    private bool IsStillAllowed(HttpRequestMessage request) => _settings().Hosts.Allow(request.RequestUri);

    /// <summary>Whether a response says something about the token. A redirect may lead to any host: a 401 from a host that is not allowed is ignored, and no token is sent there.</summary>
    private bool IsRelevant(HttpResponseMessage response, HttpRequestMessage request, HandlerSettings settings) =>
        settings.IsRelevant(response) && IsStillAllowed(request) && settings.Hosts.Allow(request.RequestUri) && (!IsToCopy(response, request) || settings.Hosts.Allow(response.RequestMessage!.RequestUri));

    /// <summary>Whether the primary handler has sent a copy of the request.</summary>
    private static bool IsToCopy(HttpResponseMessage response, HttpRequestMessage request) => response.RequestMessage is { } sent && !ReferenceEquals(sent, request);

    private BearerHeader HeaderOf(ApiaxAccessToken token, HandlerSettings settings, bool isUnderWay) =>
        isUnderWay ? HeaderOf(token, settings).ForAnotherSend() : HeaderOf(token, settings);

    // Created once for each token; a race may create two, and both are correct.
    private BearerHeader HeaderOf(ApiaxAccessToken token, HandlerSettings settings)
    {
        var header = _header;
        return header is not null && ReferenceEquals(header.Token, token) && ReferenceEquals(header.Settings, settings)
            ? header
            : _header = new BearerHeader(token, settings);
    }

    // What is known about a call when its request is sent: how it was sent before, and what limits sending it again.
    [Flags]
    private enum CallFlags : byte
    {
        None = 0,
        Resent = 1,
        Replaced = 2,
        // The request has no body. If the primary handler adds one, it is removed before the next send.
        HasNoBody = 4,
        // The caller has set the trace context itself: it stays on each send.
        TraceIsCallers = 8,
    }
}
