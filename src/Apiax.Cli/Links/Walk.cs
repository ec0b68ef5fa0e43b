using System.Net;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>What one walk along the chain starts with, and what each link leaves for those after it.</summary>
internal sealed class Walk(Surroundings surroundings, SettingsSources sources, Uri? url, bool mayAsk) : IDisposable
{
    private Transport? _transport;
    private TokenRequests? _requests;

    public Surroundings Surroundings { get; } = surroundings;

    public TimeProvider Time => Surroundings.Time;

    public SettingsSources Sources { get; } = sources;

    /// <summary>The address of the API to call; nothing when the walk ends before the API.</summary>
    public Uri? Url { get; } = url;

    public bool MayAsk { get; } = mayAsk;

    public Settings Settings { get; set; } = new();

    public ApiaxAuthOptions Options => Settings.Options;

    public ForeignText Foreign => field ??= new ForeignText(Options, Url);

    /// <summary>To the token endpoint, or to the proxy in between.</summary>
    public Route Route => field ??= Route.To(Options.TokenEndpoint, Surroundings.Proxy);

    public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

    public Transport Transport => _transport ??= new Transport(Surroundings.Proxy);

    /// <summary>What the token endpoint answers to a request without a grant.</summary>
    public Task<Probe>? Answer { get; set; }

    public TokenRequests Requests => _requests ??= new TokenRequests(Options, Transport.Handler, Time);

    public TokenSet? Tokens { get; set; }

    public void Dispose()
    {
        _requests?.Dispose();
        _transport?.Dispose();
    }
}
