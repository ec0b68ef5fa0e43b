using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Apiax.Http.Handlers;

/// <summary>Wraps a token provider of the application, which does not distinguish hosts.</summary>
internal sealed class HostlessTokens(IApiaxAccessTokenProvider tokens) : IHostTokens
{
    private const int MaxCounted = 100;

    // One for each provider, however many handlers use it.
    private static readonly ConditionalWeakTable<IApiaxAccessTokenProvider, HostlessTokens> s_all = new();

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly Dictionary<Tuple<string, HostAndPort>, int> _rejections = [];

    public string Account => AccountName.Application;

    public bool IsWatched => false;

    public bool RunsApplicationCode => true;

    public static IHostTokens Of(IApiaxAccessTokenProvider tokens) => tokens as IHostTokens ?? s_all.GetValue(tokens, each => new HostlessTokens(each));

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
        Bounded(tokens.GetTokenAsync(cancellationToken), cancellationToken);

    public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken) => GetTokenAsync(cancellationToken);

    public int Reject(ApiaxAccessToken token, Uri api)
    {
        var key = Tuple.Create(token.Value, HostAndPort.Of(api));
        lock (_rejections)
        {
            // Then some rejections are logged once more.
            if (_rejections.Count == MaxCounted && !_rejections.ContainsKey(key))
                _rejections.Clear();

            return _rejections[key] = _rejections.GetValueOrDefault(key) + 1;
        }
    }

    public void Accept(ApiaxAccessToken token, Uri api)
    {
    }

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        Bounded(tokens.ReplaceTokenAsync(rejected, cancellationToken), cancellationToken);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) =>
        ReplaceTokenAsync(rejected, cancellationToken);

    // The caller's cancellation and HttpClient.Timeout also apply to a provider that ignores them.
    private static ValueTask<T> Bounded<T>(ValueTask<T> token, CancellationToken cancellationToken) =>
        token.IsCompleted ? token : new(token.AsTask().OrAbandonedAsync(cancellationToken));
}
