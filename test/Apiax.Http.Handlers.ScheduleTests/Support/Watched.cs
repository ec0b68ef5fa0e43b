using System.Globalization;
using Microsoft.Coyote.Specifications;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Nobody who asks gets a token that is older than one which somebody had got before he asked.</summary>
internal sealed class Watched(IApiaxAccessTokenProvider tokens) : IApiaxAccessTokenProvider
{
    private int _newest;

    public static int NumberOf(string token) => int.Parse(token["access-".Length..], CultureInfo.InvariantCulture);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        var newest = _newest;
        return WatchAsync(tokens.GetTokenAsync(cancellationToken), newest);
    }

    public ValueTask<ApiaxAccessToken> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
    {
        var newest = _newest;
        return WatchAsync(tokens.ReplaceTokenAsync(rejected, cancellationToken), newest);
    }

    private async ValueTask<ApiaxAccessToken> WatchAsync(ValueTask<ApiaxAccessToken> asking, int newest)
    {
        var token = await asking;
        var number = NumberOf(token.Value);
        Specification.Assert(number >= newest, "A token that is older than one already handed out.");
        _newest = Math.Max(_newest, number);
        return token;
    }
}
