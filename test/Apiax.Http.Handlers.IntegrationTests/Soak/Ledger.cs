using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The server's own log, read as it grows: which tokens it issued, refused, and received again.</summary>
internal sealed class Ledger(AuthorizationServer server, Stopwatch watch)
{
    private readonly HashSet<int> _presented = [];
    private readonly HashSet<int> _spent = [];
    private readonly HashSet<int> _burnt = [];
    private readonly HashSet<int> _ended = [];
    private readonly Dictionary<string, TimeSpan> _expected = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int?> _logins = new(StringComparer.Ordinal);
    private readonly List<(TimeSpan At, string? Why)> _others = [];

    /// <summary>When tokens were granted.</summary>
    public List<TimeSpan> Grants { get; } = [];

    /// <summary>When a used refresh token was sent again: OpenIddict ends its session.</summary>
    public List<TimeSpan> Burns { get; } = [];

    /// <summary>The tokens that the API accepted, with the time of the first such call and the time until which they are valid.</summary>
    public Dictionary<string, (TimeSpan From, TimeSpan Until)> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>When the API last rejected a token.</summary>
    public TimeSpan LastRefusal { get; private set; }

    public int TokenRequests { get; private set; }

    public int ApiCalls { get; private set; }

    public int Logins => _logins.Count;

    public int Refreshes { get; private set; }

    /// <summary>Refreshes that were refused for half an assertion.</summary>
    public int HalfAssertionsRefused { get; private set; }

    /// <summary>Refresh tokens that were sent a second time, since the first answer was lost.</summary>
    public int Burnt => _burnt.Count;

    /// <summary>Refresh tokens that were refused at their first use: the server had ended their sessions.</summary>
    public int Ended => _ended.Except(_burnt).Count();

    /// <summary>Logins whose tokens the server never received: their answers were lost.</summary>
    public int LoginsLost => _logins.Count(login => !_seen.Contains(login.Key) && !(login.Value is { } issued && _presented.Contains(issued)));

    /// <summary>Token requests that were refused for any other reason: a password, a form.</summary>
    public IEnumerable<string> Others => _others.Select(other => $"{other.At.TotalSeconds:F2} s: {other.Why}");

    public void Read()
    {
        var (tokenRequests, apiCalls) = server.TakeLog();
        foreach (var request in tokenRequests)
            Read(request);
        foreach (var call in apiCalls)
            Read(call);
    }

    /// <summary>No token older than this matters any more.</summary>
    public void Forget(TimeSpan before)
    {
        foreach (var (token, _) in Accepted.Where(entry => entry.Value.Until < before).ToList())
            Accepted.Remove(token);
        foreach (var (token, _) in _expected.Where(entry => entry.Value < before).ToList())
            _expected.Remove(token);
    }

    private void Read(TokenRequest request)
    {
        var at = watch.Of(request.At);
        TokenRequests++;
        switch (request)
        {
            case { Error: null, GrantType: GrantTypes.Password }:
                _logins.Add(request.Session!, request.Issued);
                Granted(request, at);
                break;
            case { Error: null }:
                Refreshes++;
                _presented.Add(request.Presented!.Value);
                _spent.Add(request.Presented.Value);
                Granted(request, at);
                break;
            case { Error: Errors.InvalidGrant, GrantType: GrantTypes.RefreshToken }:
                _presented.Add(request.Presented!.Value);
                (_spent.Contains(request.Presented.Value) ? _burnt : _ended).Add(request.Presented.Value);
                if (_spent.Contains(request.Presented.Value))
                    Burns.Add(at);
                break;
            case { Error: Errors.InvalidRequest, GrantType: GrantTypes.RefreshToken } when request.Parameters.Contains("client_assertion_type", StringComparer.Ordinal):
                HalfAssertionsRefused++;
                break;
            default:
                _others.Add((at, $"{request.GrantType}, {request.Error}"));
                break;
        }
    }

    private void Granted(TokenRequest request, TimeSpan at)
    {
        Grants.Add(at);
        _expected[request.Token!] = at + request.Lifetime!.Value;
    }

    private void Read(ApiCall call)
    {
        var at = watch.Of(call.At);
        ApiCalls++;
        if (call is { Status: 401 or 403, HadBearer: true })
            LastRefusal = at;
        if (call.Token is not { } token)
            return;

        _seen.Add(call.Session!);
        if (Accepted.ContainsKey(token))
            return;

        // The server rounds the declared lifetime up or down: the token is valid until the earlier of the declared and the real expiry.
        var until = at + call.Remaining!.Value;
        Accepted[token] = (at, _expected.TryGetValue(token, out var expected) && expected < until ? expected : until);
    }
}
