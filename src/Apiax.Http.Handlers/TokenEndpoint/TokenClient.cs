using System.Net.Http.Headers;
using System.Security.Authentication;

namespace Apiax.Http.Handlers;

/// <summary>Sends a grant to the token endpoint and reads the tokens from the answer.</summary>
/// <param name="handler">
/// Returns a handler for one request, disposed afterwards. It is used by an <see cref="HttpMessageInvoker"/>, not an <see cref="HttpClient"/>: this keeps an
/// application's default headers, base address and timeout away from the token endpoint.
/// </param>
/// <param name="time">The clock for lifetimes and time limits.</param>
/// <param name="telemetry">Counts the account's requests.</param>
internal sealed class TokenClient(Func<HttpMessageHandler> handler, TimeProvider time, AccountTelemetry? telemetry = null)
{
    private static readonly string UserAgent = $"Apiax.Http.Handlers/{ApiaxAuthDiagnostics.Version}";

    private readonly AccountTelemetry _telemetry = telemetry ?? AccountTelemetry.Unnamed;
    private volatile bool _leavesOutAssertionType;

    /// <param name="options">The settings.</param>
    /// <param name="credentials">User name and password.</param>
    /// <param name="limit">Limits all attempts together.</param>
    /// <param name="inUse">The tokens that calls use meanwhile, if any.</param>
    /// <param name="other">Other tokens of the account, if any.</param>
    public Task<TokenOutcome> LoginAsync(ApiaxAuthOptions options, ApiaxCredentials credentials, TimeLimit limit, TokenSet? inUse = null, TokenSet? other = null) =>
        SendAsync(TokenRequest.Login(options, credentials, inUse, other), last: null, limit);

    /// <summary>Apiax documents <c>client_assertion_type</c> without an assertion; servers that reject it (OpenIddict) get another request without it.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="last">The previous tokens.</param>
    /// <param name="limit">Limits all attempts together.</param>
    /// <param name="username">The user of the tokens, if it is not in the settings.</param>
    /// <param name="other">Other tokens of the account, if any.</param>
    public async Task<TokenOutcome> RefreshAsync(ApiaxAuthOptions options, TokenSet last, TimeLimit limit, string? username = null, TokenSet? other = null)
    {
        var hasAssertionType = options.SendClientAssertionType && !_leavesOutAssertionType;
        var outcome = await RefreshAsync(hasAssertionType).ConfigureAwait(false);
        if (!hasAssertionType || outcome is not { Meaning: AnswerMeaning.Misconfigured, Failure.Error: "invalid_request" or "invalid_client" })
            return outcome;

        outcome = (await RefreshAsync(hasAssertionType: false).ConfigureAwait(false)).After(outcome);
        if (outcome.Tokens is null)
            return outcome;

        _leavesOutAssertionType = true;
        return outcome with { LeavesOutAssertionType = true };

        Task<TokenOutcome> RefreshAsync(bool hasAssertionType)
        {
            var request = TokenRequest.Refresh(options, last.RefreshToken!, username, hasAssertionType, inUse: last, other);
            return limit.Remaining < request.MinTime
                ? Task.FromResult(new TokenOutcome(AnswerMeaning.NotSent, new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"Not enough time was left for a refresh (TokenTimeout is {options.TokenTimeout.WholeSeconds()} s).")))
                : SendAsync(request, last, limit);
        }
    }

    /// <summary>A request with the headers that firewalls and servers expect.</summary>
    public static HttpRequestMessage CreateMessage(Uri endpoint, HttpContent form)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = form };
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        return message;
    }

    /// <summary>Sends the request within its time limit, even if the handler ignores its cancellation token, and retries it if a retry is due. It does not throw.</summary>
    private async Task<TokenOutcome> SendAsync(TokenRequest request, TokenSet? last, TimeLimit limit, bool isRetry = false)
    {
        FlightSpan.RecordRequest(request.GrantType, request.Options.TokenEndpoint);
        var start = time.GetTimestamp();
        var form = request.CreateContent();

        // No request is abandoned in order to send another: a slow directory would open a session for each, and a refresh token may be used. Once the form is
        // read, the attempt has all the remaining time.
        using var attempt = new TimeLimit(request.Options.AttemptTimeout, time, limit.Token, form.TryWithdraw);
        TokenOutcome outcome;
        try
        {
            using var message = CreateMessage(request.Options.TokenEndpoint, form);
            var sentOn = time.GetUtcNow();
            using var invoker = new HttpMessageInvoker(handler(), disposeHandler: true);
            using var response = await invoker.SendAsync(message, attempt.Token).OrAbandonedAsync(attempt.Token).ConfigureAwait(false);
            var body = await AnswerBody.ReadAsync(response.Content, attempt.Token).OrAbandonedAsync(attempt.Token).ConfigureAwait(false);
            outcome = Read(response, body, sentOn, request, last);
        }
        catch (ApiaxAuthException refused)
        {
            // The application's handler for token requests cannot work: trying again would not help.
            outcome = new TokenOutcome(AnswerMeaning.Misconfigured, refused) { WasRead = !form.TryWithdraw() };
        }
#pragma warning disable CA1031 // A handler of the application may throw any exception; what was sent must still be known.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var isSent = !form.TryWithdraw();
            outcome = new TokenOutcome(
                isSent ? AnswerMeaning.Lost : AnswerMeaning.NotSent,
                Explain(request, exception, attempt.IsOver || limit.IsOver ? time.GetElapsedTime(start) : null, attempt.Token.IsCancellationRequested, isSent));
        }

        var error = outcome switch { { Failure: null } => null, { IsRefusal: true } when request.IsRefresh => "refresh_refused", _ => outcome.Failure.Kind };
        _telemetry.TokenRequested(request.GrantType, error, time.GetElapsedTime(start));
        return !isRetry && !limit.Token.IsCancellationRequested && TokenRetries.IsDue(request, outcome, retry: 0, limit, time.GetUtcNow())
            ? await TokenRetries.SendAsync(request, outcome, () => SendAsync(request, last, limit, isRetry: true), limit, time).ConfigureAwait(false)
            : outcome;
    }

    private TokenOutcome Read(HttpResponseMessage response, byte[]? body, DateTimeOffset sentOn, TokenRequest request, TokenSet? last)
    {
        var token = TokenJson.Parse(body);
        var answer = new TokenAnswer(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType is { Length: <= 100 } mediaType ? mediaType : TokenAnswer.NoContentType,
            token,
            RetryAfter(response.Headers),
            response.Headers.Date ?? sentOn,
            sentOn)
        {
            IsEmpty = AnswerBody.IsEmpty(body),
        };

        var meaning = answer.MeaningFor(request);
        return meaning is AnswerMeaning.Granted
            ? new TokenOutcome(meaning, Failure: null) { Tokens = ToTokenSet(answer.Body!, answer, request.Options, last), Status = answer.Status }
            : new TokenOutcome(meaning, answer.FailureFor(request, meaning)) { Status = answer.Status };
    }

    private static ApiaxAuthException Explain(TokenRequest request, Exception exception, TimeSpan? gaveUpAfter, bool isCancelled, bool isSent)
    {
        var endpoint = EndpointAddress.Of(request.Options.TokenEndpoint);
        var why = exception switch
        {
            _ when gaveUpAfter is { } length => $"The token endpoint {endpoint} did not answer within {length.WholeSeconds()} s.",
            _ when isCancelled => $"The request to {endpoint} was cancelled{(isSent ? "; it may still be in progress on the server" : "")}.",
            { InnerException: AuthenticationException tls } => $"No TLS connection to the token endpoint {endpoint}: {tls.GetBaseException().Message}",
            HttpRequestException or IOException or OperationCanceledException => $"The token endpoint {endpoint} could not be reached.",
            _ => $"The request to {endpoint} failed unexpectedly.",
        };
        return new ApiaxAuthException(ApiaxAuthFailure.Unavailable, why, VisibleCause.Of(exception));
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        // .NET reads no more than 2^31 - 1 seconds.
        if (headers.RetryAfter is null && headers.NonValidated.TryGetValues("Retry-After", out var texts) && texts.ToString() is { Length: > 0 } text && text.All(char.IsAsciiDigit))
            return Outage.Longest;

        var requested = headers.RetryAfter?.Date is { } date ? date - (headers.Date ?? time.GetUtcNow()) : headers.RetryAfter?.Delta;
        return requested?.AtMost(Outage.Longest);
    }

    private static TokenSet ToTokenSet(TokenJson token, TokenAnswer answer, ApiaxAuthOptions options, TokenSet? last)
    {
        var declared = TokenLifetime.Of(token, answer.ServerTime, options.DefaultTokenLifetime);
        var lifetime = TokenLifetime.Counted(declared);
        var refreshTokenLife = TokenLifetime.OfRefreshToken(token, answer.ServerTime);
        var refreshOn = TokenLifetime.RefreshOn(answer.SentOn, lifetime, refreshTokenLife, options.RefreshAhead, Random.Shared.NextDouble());
        var accessToken = new ApiaxAccessToken(token.AccessToken!, answer.SentOn + lifetime, refreshOn);
        var loggedInOn = last?.LoggedInOn ?? answer.SentOn;

        // A server that does not rotate refresh tokens may omit it in the answer: the old one stays valid.
        return string.IsNullOrEmpty(token.RefreshToken)
            ? new TokenSet(accessToken, last?.RefreshToken, last?.RefreshTokenExpiresOn ?? loggedInOn, loggedInOn)
            : new TokenSet(accessToken, token.RefreshToken, RefreshTokenExpiresOn(), loggedInOn)
            {
                RefreshTokenLife = refreshTokenLife,
                IsSessionEnding = TokenLifetime.IsSessionEnding(declared, refreshTokenLife, last?.RefreshTokenLife),
            };

        // As Apiax documents, the 14 days count from the login; refreshing does not extend them, unless the server says so.
        DateTimeOffset RefreshTokenExpiresOn() => refreshTokenLife is { } life
            ? answer.SentOn + TokenLifetime.Counted(life)
            : loggedInOn + options.RefreshTokenLifetime;
    }
}
