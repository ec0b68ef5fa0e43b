using System.Collections.Immutable;

namespace Apiax.Http.Handlers;

/// <summary>How each host that rejected a token lately has answered the account's tokens. Limited in size, since hosts may be chosen by others (webhooks).</summary>
internal sealed class HostStandings
{
    private const int MaxKept = 100;

    // Not a valid host name: no request can have it.
    private static readonly HostAndPort Others = new("*", 0);

    private readonly ImmutableDictionary<HostAndPort, HostStanding> _hosts;
    private readonly ReplacementBucket _bucket;

    private HostStandings(ImmutableDictionary<HostAndPort, HostStanding> hosts, ReplacementBucket bucket)
    {
        _hosts = hosts;
        _bucket = bucket;
        AnyRejects = hosts.Values.Any(host => host.IsRejecting);
        IsWatched = !hosts.IsEmpty && hosts.Any(host => host.Key != HostAndPort.Unnamed && (host.Value.IsRejecting || host.Value.Ration.AwaitsAcceptance));
    }

    // 280 within the first hour at most, 240 within each later one.
    public static HostStandings None { get; } = new(ImmutableDictionary<HostAndPort, HostStanding>.Empty, new(40, TimeSpan.FromSeconds(15)));

    /// <summary>Whether a host has rejected the current token.</summary>
    public bool AnyRejects { get; }

    /// <summary>Whether a response that accepts the token would change anything.</summary>
    public bool IsWatched { get; }

    /// <summary>The hosts that rejected the current token more than once, and how often.</summary>
    public IEnumerable<KeyValuePair<HostAndPort, HostStanding>> Repeated => _hosts.IsEmpty
        ? []
        : _hosts.Where(host => host.Value.Rejections > 1 && host.Key != HostAndPort.Unnamed && host.Key != Others);

    public HostStanding this[HostAndPort? host] => _hosts.GetValueOrDefault(KeyOf(host)) ?? HostStanding.Unknown;

    public bool IsRationed(HostAndPort? host, DateTimeOffset now) => this[host].Ration.Covers(now) || _bucket.IsEmptyAt(now);

    /// <summary>Whether this host is known to have rejected the current token. Not known of a host that shares an entry: another one may have.</summary>
    public bool IsRejecting(HostAndPort? host) => _hosts.GetValueOrDefault(host ?? HostAndPort.Unnamed)?.IsRejecting == true;

    public HostStandings With(HostAndPort? host, HostStanding standing) => new(_hosts.SetItem(KeyOf(host), standing), _bucket);

    public HostStandings FlightStarted() => ForEach(host => host.Value.FlightStarted());

    public HostStandings FlightFailed() => ForEach(host => host.Value.FlightFailed());

    public HostStandings WithoutToken() => ForEach(host => host.Value.WithoutToken());

    /// <param name="isFree">Whether the new token cost no token request.</param>
    /// <param name="now">The time.</param>
    public HostStandings Replaced(bool isFree, DateTimeOffset now)
    {
        if (_hosts.IsEmpty)
            return this;

        var isReplacement = _hosts.Values.Any(standing => standing.IsReplacing);
        var replaced = ForEach(host => Replaced(host.Key, host.Value, isFree, now));
        return new HostStandings(
            replaced._hosts.RemoveRange(replaced._hosts.Where(host => host.Value.Ration.IsOverAt(now)).Select(host => host.Key)),
            isReplacement && !isFree ? _bucket.Replaced(now) : _bucket);
    }

    // A caller that names no host does not report accepted tokens: for it, a refresh that no rejection caused proves that tokens work.
    private static HostStanding Replaced(HostAndPort host, HostStanding standing, bool isFree, DateTimeOffset now) =>
        host == HostAndPort.Unnamed && !standing.IsReplacing ? standing.Accepted().Replaced(isFree, now) : standing.Replaced(isFree, now);

    private HostStandings ForEach(Func<KeyValuePair<HostAndPort, HostStanding>, HostStanding> next) => _hosts.IsEmpty
        ? this
        : new(_hosts.SetItems(_hosts.Select(host => KeyValuePair.Create(host.Key, next(host)))), _bucket);

    private HostAndPort KeyOf(HostAndPort? host) => host is null ? HostAndPort.Unnamed
        : _hosts.ContainsKey(host) || (_hosts.Count < MaxKept && !_hosts.ContainsKey(Others)) ? host : Others;
}
