using System.Net;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The input of one check, and the results that later links need.</summary>
internal sealed class CheckContext(ToolEnvironment tool, SettingsSources sources, Uri? url, bool mayAsk) : IDisposable
{
    private Transport? _transport;
    private TokenRequests? _requests;

    public ToolEnvironment Tool { get; } = tool;

    public TimeProvider Time => Tool.Time;

    public SettingsSources Sources { get; } = sources;

    /// <summary>The address of the API to call; null if no API call is checked.</summary>
    public Uri? Url { get; } = url;

    public bool MayAsk { get; } = mayAsk;

    public Settings Settings { get; set; } = new();

    public ApiaxAuthOptions Options => Settings.Options;

    public UntrustedText Untrusted => field ??= new UntrustedText(Options, Url);

    /// <summary>The route to the token endpoint, or to the proxy in between.</summary>
    public Route Route => field ??= Route.To(Options.TokenEndpoint, Tool.Proxy);

    public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

    public Transport Transport => _transport ??= new Transport(Tool.Proxy);

    /// <summary>The token endpoint's answer to a request without a grant.</summary>
    public Task<Probe>? Answer { get; set; }

    public TokenRequests Requests => _requests ??= new TokenRequests(Options, Transport.Handler, Time);

    public TokenSet? Tokens { get; private set; }

    /// <summary>Later links use these tokens; they are secrets.</summary>
    public void Use(TokenSet tokens)
    {
        Tokens = tokens;
        Untrusted.Withhold(tokens.AccessToken.Value);
        Untrusted.Withhold(tokens.RefreshToken);
    }

    public void Dispose()
    {
        _requests?.Dispose();
        _transport?.Dispose();
    }
}
