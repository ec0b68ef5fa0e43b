using System.Globalization;
using Microsoft.Coyote.Specifications;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Checks that no call returns a token that is older than one returned before the call.</summary>
internal sealed class Watched(IApiaxAccessTokenProvider tokens) : IApiaxAccessTokenProvider
{
    private int _newest;

    public static int NumberOf(string token) => int.Parse(token["access-".Length..], CultureInfo.InvariantCulture);

    public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        var newest = _newest;
        return Watch(await tokens.GetTokenAsync(cancellationToken), newest);
    }

    public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
    {
        var newest = _newest;
        return await tokens.ReplaceTokenAsync(rejected, cancellationToken) is { } other ? Watch(other, newest) : null;
    }

    private ApiaxAccessToken Watch(ApiaxAccessToken token, int newest)
    {
        var number = NumberOf(token.Value);
        Specification.Assert(number >= newest, "A token that is older than one already handed out.");
        _newest = Math.Max(_newest, number);
        return token;
    }
}
