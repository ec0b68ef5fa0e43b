using System.Net.Http.Headers;
using Polly.Timeout;

namespace Apiax.Http.Handlers;

/// <summary>Sends a grant to the token endpoint and makes tokens of the answer.</summary>
/// <param name="handler">
/// Gives the token client's handler. An <see cref="HttpMessageInvoker"/> around it, and no <see cref="HttpClient"/>, keeps an
/// application's default headers, base address and timeout away from the token endpoint.
/// </param>
/// <param name="time">What lifetimes and time limits count by.</param>
/// <param name="metrics">Where requests are counted; the process's own if null.</param>
internal sealed class TokenClient(Func<HttpMessageHandler> handler, TimeProvider time, TokenMetrics? metrics = null)
{
    private const int MaxAnswerBytes = 1024 * 1024;
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private readonly TokenMetrics _metrics = metrics ?? TokenMetrics.OfProcess;

    /// <exception cref="ApiaxAuthException">There is no token, and why.</exception>
    public async Task<TokenSet> LoginAsync(ApiaxAuthOptions options, ApiaxCredentials credentials, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var grant = await SendAsync(TokenRequest.Login(options, credentials), deadline, cancellationToken).ConfigureAwait(false);
        return ToTokenSet(grant.Token, grant.Answer, options, last: null);
    }

    /// <inheritdoc cref="LoginAsync"/>
    public async Task<TokenSet> RefreshAsync(ApiaxAuthOptions options, TokenSet last, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var grant = await SendAsync(TokenRequest.Refresh(options, last.RefreshToken!), deadline, cancellationToken).ConfigureAwait(false);
        return ToTokenSet(grant.Token, grant.Answer, options, last);
    }

    private async Task<TokenGrant> SendAsync(TokenRequest request, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        Exception? last = null;
        FlightSpan.Asks(request.GrantType, request.Options.TokenEndpoint);
        var retries = TokenRetries.Create(request.Options.AttemptTimeout, request.Spacing, deadline, failure => last = failure, time);
        try
        {
            return await retries.ExecuteAsync(async attempt => await MeasureAsync(request, attempt).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not ApiaxAuthException && TokenRetries.IsTransient(exception, cancellationToken))
        {
            throw Unreachable(request, exception);
        }
        catch (OperationCanceledException) when (last is not null)
        {
            // Out of time in the middle of a retry: what went wrong before says more than that.
            throw last as ApiaxAuthException ?? Unreachable(request, last);
        }
    }

    private static ApiaxAuthException Unreachable(TokenRequest request, Exception cause)
    {
        var why = cause is TimeoutRejectedException ? $"did not answer within {request.Options.AttemptTimeout}" : "could not be reached";
        return new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"The token endpoint {EndpointAddress.Of(request.Options.TokenEndpoint)} {why}.", cause);
    }

    private async Task<TokenGrant> MeasureAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        string? error = ApiaxAuthException.Unavailable;
        try
        {
            var answer = await AttemptAsync(request, cancellationToken).ConfigureAwait(false);
            var grant = new TokenGrant(answer.TokenFor(request), answer);
            error = null;
            return grant;
        }
        catch (ApiaxAuthException failure)
        {
            error = request.KindOf(failure);
            throw;
        }
        finally
        {
            _metrics.TokenRequested(request.GrantType, error, time.GetElapsedTime(start));
        }
    }

    private async Task<TokenAnswer> AttemptAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, request.Options.TokenEndpoint) { Content = request.Content };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

        var sentOn = time.GetUtcNow();
        using var invoker = new HttpMessageInvoker(handler(), disposeHandler: false);
        using var response = await invoker.SendAsync(message, cancellationToken).OrAbandonedAsync(cancellationToken).ConfigureAwait(false);

        var body = await ReadAsync(response.Content, cancellationToken).OrAbandonedAsync(cancellationToken).ConfigureAwait(false);
        return new TokenAnswer(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType is { Length: <= 100 } mediaType ? mediaType : "no content type",
            TokenResponse.Parse(body),
            RetryAfter(response.Headers),
            response.Headers.Date ?? sentOn,
            sentOn);
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        var asked = headers.RetryAfter?.Date is { } date ? date - (headers.Date ?? time.GetUtcNow()) : headers.RetryAfter?.Delta;
        return asked?.AtMost(LongestRetryAfter);
    }

    /// <summary>The body; empty when it is larger than any token answer.</summary>
    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > MaxAnswerBytes)
                    return [];

                await body.WriteAsync(chunk.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }

        return body.ToArray();
    }

    private static TokenSet ToTokenSet(TokenResponse token, TokenAnswer answer, ApiaxAuthOptions options, TokenSet? last)
    {
        var declared = TokenLifetime.Of(token, answer.ServerTime, options.DefaultTokenLifetime);
        var lifetime = TokenLifetime.Counted(declared);
        var refreshTokenLife = TokenLifetime.OfRefreshToken(token, answer.ServerTime);
        var refreshOn = TokenLifetime.RefreshOn(answer.SentOn, lifetime, refreshTokenLife, options.RefreshAhead, Random.Shared.NextDouble());
        var accessToken = new ApiaxAccessToken(token.AccessToken!, answer.SentOn + lifetime, refreshOn);
        var loggedInOn = last?.LoggedInOn ?? answer.SentOn;

        // A server that does not rotate its refresh token leaves it out of the answer: the old one goes on.
        return string.IsNullOrEmpty(token.RefreshToken)
            ? new TokenSet(accessToken, last?.RefreshToken, last?.RefreshTokenExpiresOn ?? loggedInOn, loggedInOn)
            : new TokenSet(accessToken, token.RefreshToken, RefreshTokenExpiresOn(), loggedInOn)
            {
                RefreshTokenLife = refreshTokenLife,
                IsSessionEnding = TokenLifetime.IsSessionEnding(declared, refreshTokenLife, last?.RefreshTokenLife),
            };

        // By Apiax's page the 14 days count from the login, and refreshing does not extend them, unless the server says so.
        DateTimeOffset RefreshTokenExpiresOn() => refreshTokenLife is { } life
            ? answer.SentOn + TokenLifetime.Counted(life)
            : loggedInOn + options.RefreshTokenLifetime;
    }
}
