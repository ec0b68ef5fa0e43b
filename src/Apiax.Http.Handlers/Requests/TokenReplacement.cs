namespace Apiax.Http.Handlers;

/// <summary>Evaluates what a response says about the token. After a rejection, it gets another token to send again with, or leaves the 401 to the caller.</summary>
internal sealed class TokenReplacement(AccountTelemetry telemetry)
{
    /// <summary>The API accepted a token that a host rejected before.</summary>
    public static void Accept(HttpResponseMessage response, HttpRequestMessage request, BearerHeader header)
    {
        // Not a status that something in front of the API may send without checking the token, nor a server error.
        if ((int)response.StatusCode is (>= 200 and < 300) or (>= 400 and < 500 and not (401 or 403 or 407 or 429)) && !GrpcStatus.IsFailure(response))
            header.Settings.Tokens.Accept(header.Token, request.RequestUri!);
    }

    /// <param name="rejected">The header that was rejected.</param>
    /// <param name="response">The 401. It stays open, since the caller may still get it; it is disposed only if the caller cancels.</param>
    /// <param name="request">The request as it was answered.</param>
    /// <param name="canBeSentAgain">Called when there is another token: whether the request can be sent again. If null, the token is replaced for the next call, and this call does not wait.</param>
    /// <param name="async">If false, it completes synchronously: it blocks instead of waiting.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Another token; or null: return the 401 to the caller.</returns>
    public async ValueTask<ApiaxAccessToken?> GetAsync(
        BearerHeader rejected, HttpResponseMessage response, HttpRequestMessage request, Func<bool>? canBeSentAgain, bool async, CancellationToken cancellationToken)
    {
        // The token is valid but lacks a permission: another token would lack it, too (RFC 6750 §3.1).
        if (BearerChallenges.HasInsufficientScope(response.Headers))
            return null;

        var api = request.RequestUri!;
        var tokens = rejected.Settings.Tokens;
        var isFirst = tokens.Reject(rejected.Token, api) == 1;
        try
        {
            var replacing = async ? ReplaceAsync() : Blocking.Start(tokens, ReplaceAsync);
            if (canBeSentAgain is null && !replacing.IsCompleted)
            {
                _ = ObserveAsync(replacing, api, isFirst);
                return NotSentAgain(api, isFirst);
            }

            if (!replacing.IsCompleted)
                ReadAheadStream.Begin(response);

            var token = async ? await replacing.ConfigureAwait(false) : Blocking.Wait(replacing);
            if (token is not null && canBeSentAgain?.Invoke() is not true)
                return NotSentAgain(api, isFirst);
            if (token is null)
                telemetry.Unauthorized(UnauthorizedOutcome.Rationed);
            if (isFirst && token is null)
                telemetry.Logger.Rationed(api.IdnHost, api.Port);
            else if (isFirst)
                telemetry.Logger.TokenReplaced(api.IdnHost, api.Port);
            return token;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            response.Dispose();
            throw;
        }
#pragma warning disable CA1031 // If a provider throws, the caller gets the 401, as without this library.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            telemetry.Unauthorized(UnauthorizedOutcome.Failed);
            if (isFirst)
                telemetry.Logger.NotReplaced(api.IdnHost, api.Port, exception);
            return null;
        }

        ValueTask<ApiaxAccessToken?> ReplaceAsync() => tokens.ReplaceTokenAsync(rejected.Token, api, canBeSentAgain is null ? CancellationToken.None : cancellationToken);
    }

    /// <summary>Records the response to a request that was sent again with another token.</summary>
    /// <param name="header">The header that it was sent with.</param>
    /// <param name="response">The response.</param>
    /// <param name="request">The request as it was answered.</param>
    /// <param name="stripped">Whether a redirect has removed the token: the API that it was sent to has not rejected it.</param>
    public void RecordRepeat(BearerHeader header, HttpResponseMessage response, HttpRequestMessage request, bool stripped)
    {
        var api = request.RequestUri!;
        var tokens = header.Settings.Tokens;
        var isRejected = !stripped && header.Settings.Rejects(response) && !BearerChallenges.HasInsufficientScope(response.Headers);
        telemetry.Unauthorized(isRejected ? UnauthorizedOutcome.RejectedAgain : UnauthorizedOutcome.Replaced);
        if (isRejected && tokens.Reject(header.Token, api) == 1)
            telemetry.Logger.Rationed(api.IdnHost, api.Port);
        if (!isRejected && response.IsSuccessStatusCode && !GrpcStatus.IsFailure(response))
            tokens.Accept(header.Token, header.RejectedAt!);
    }

    private ApiaxAccessToken? NotSentAgain(Uri api, bool isFirst)
    {
        telemetry.Unauthorized(UnauthorizedOutcome.NotReplayable);
        if (isFirst)
            telemetry.Logger.NotSentAgain(api.IdnHost, api.Port);
        return null;
    }

    private async Task ObserveAsync(ValueTask<ApiaxAccessToken?> replacing, Uri api, bool isFirst)
    {
        try
        {
            if (await replacing.ConfigureAwait(false) is null && isFirst)
                telemetry.Logger.Rationed(api.IdnHost, api.Port);
        }
#pragma warning disable CA1031 // This call does not wait for it; the next call gets the same failure and throws it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (isFirst)
                telemetry.Logger.NotReplaced(api.IdnHost, api.Port, exception);
        }
    }
}
