using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>What a 401 is worth: another token to send again with, or the 401 itself, for the caller.</summary>
internal sealed class TokenReplacement(ILogger logger, TokenMetrics metrics)
{
    /// <param name="rejected">The header that was rejected.</param>
    /// <param name="response">The 401. It stays open meanwhile, since the caller may get it after all; disposed of only when the caller cancels.</param>
    /// <param name="request">The request as it was answered.</param>
    /// <param name="mayBeSentAgain">When not, the token is replaced for the next call, and nobody waits for it.</param>
    /// <param name="async">When off, this completes at once, and blocks where it would wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Another token, or nothing: the caller shall have the 401.</returns>
    public async ValueTask<ApiaxAccessToken?> ForAsync(
        BearerHeader rejected, HttpResponseMessage response, HttpRequestMessage request, bool mayBeSentAgain, bool async, CancellationToken cancellationToken)
    {
        // The token is good and may not do this: another one may not either (RFC 6750 §3.1).
        if (response.Headers.WwwAuthenticate.Any(challenge => challenge.Parameter?.Contains("insufficient_scope", StringComparison.Ordinal) == true))
            return null;

        var host = request.RequestUri!.Host;
        try
        {
            var replacing = rejected.Account.Tokens.ReplaceTokenAsync(rejected.Token, mayBeSentAgain ? cancellationToken : CancellationToken.None);
            if (!mayBeSentAgain)
            {
                metrics.Unauthorized(UnauthorizedOutcome.NotReplayable);
                logger.NotSentAgain(host);
                _ = ObserveAsync(replacing, host);
                return null;
            }

            var token = async ? await replacing.ConfigureAwait(false) : Blocking.Wait(replacing);
            if (token is null)
            {
                metrics.Unauthorized(UnauthorizedOutcome.Rationed);
                logger.Rationed(host);
                return null;
            }

            metrics.Unauthorized(UnauthorizedOutcome.Replaced);
            logger.TokenReplaced(host);
            return token;
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
            metrics.Unauthorized(UnauthorizedOutcome.Failed);
            logger.NotReplaced(host, exception);
            return null;
        }
    }

    private async Task ObserveAsync(ValueTask<ApiaxAccessToken?> replacing, string host)
    {
        try
        {
            await replacing.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody waits for it; the next call meets the same failure and throws it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.NotReplaced(host, exception);
        }
    }
}
