using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>
/// The oracle never parses: it knows the parts from which a URL and a pattern were built, and decides by these. A failure prints its
/// seed; <c>CsCheck_Seed</c> in the environment replays it.
/// </summary>
[TestFixture]
internal sealed class ApiHostsProperties
{
    [Test]
    public void A_request_carries_the_token_exactly_when_its_parts_say_so() =>
        Gen.Select(HostParts.Url, HostParts.Pattern.Array[0, 3]).Sample(
            (url, patterns) => new ApiHosts(Options(patterns)).Allow(new Uri(url.Text)) == IsAllowed(url, patterns),
            iter: 40_000);

    [Test]
    public void The_token_endpoint_itself_never_gets_the_token() =>
        HostParts.Url.Where(url => url is { Scheme: "https", HasTrailingDot: false }).Sample(
            endpoint =>
            {
                var options = new ApiaxAuthOptions { TokenEndpoint = new Uri($"https://{endpoint.Host.Text}{endpoint.PortText}/auth/token") };
                options.ApiHosts.Add(endpoint.Host.Text + endpoint.PortText);
                var hosts = new ApiHosts(options);
                var same = $"https://{endpoint.Host.Text.ToUpperInvariant()}{endpoint.PortText}/auth/TOKEN?x=1";

                return !hosts.Allow(new Uri(same)) && hosts.Allow(new Uri(same.Replace("TOKEN", "token2", StringComparison.Ordinal)));
            },
            iter: 10_000);

    [Test]
    public void A_pattern_never_matches_a_look_alike_of_its_host() =>
        Gen.Select(HostParts.Host, Gen.OneOf("evil", "x-", "0", "ä")).Sample(
            (host, prefix) =>
            {
                string[] lookAlikes = [$"{prefix}{host.Text}/", $"{host.Text}.evil.example/", $"{host.Text}./", $"{host.Text}@evil.example/", $"evil.example/{host.Text}"];
                return HostPattern.TryParse(host.Text, out var pattern) && (!host.IsDns || lookAlikes.Select(text => new Uri("https://" + text)).All(uri => !pattern.Matches(uri, uri.IdnHost)));
            },
            iter: 10_000);

    [Test]
    public void No_text_makes_the_parsing_of_patterns_throw() => Gen.OneOf(
        Gen.String,
        Gen.String[Gen.Char["*.:[]@/\\%?#aä1-_ \t\u3002\u200d\ud800"]],
        Gen.Select(HostParts.Pattern, Gen.Char, Gen.Int[0, 12], (pattern, character, at) => pattern.Text.Insert(Math.Min(at, pattern.Text.Length), character.ToString()))).Sample(
            text =>
            {
                var stranger = new Uri("https://stranger.example/");
                return !HostPattern.TryParse(text, out var pattern) || !pattern.Matches(stranger, stranger.IdnHost);
            },
            iter: 30_000);

    /// <summary>A <see cref="Uri"/> can be created with a host that IDN forbids, and throws when its DNS name is read.</summary>
    [Test]
    public void A_host_that_is_not_a_valid_DNS_name_gets_no_token()
    {
        const string Host = "\u200d.apiax.io";
        var options = new ApiaxAuthOptions { Username = "anna", Password = "right", TokenEndpoint = new Uri($"https://{Host}/token") };

        Assert.Multiple(() =>
        {
            Assert.That(HostPattern.TryParse(Host, out _), Is.False);
            Assert.That(new ApiHosts(options).Allow(new Uri($"https://{Host}/rules")), Is.False);
            Assert.That(new ApiHosts(options).Allow(new Uri("https://api.apiax.io/token")));
            Assert.That(new ApiaxAuthOptionsValidator(_ => true).Validate(name: null, options).FailureMessage, Does.Contain("DNS"));
        });
    }

    private static bool IsAllowed(UrlParts url, PatternParts[] patterns)
    {
        if (url.Scheme is not ("https" or "wss") && !(url.Scheme is "http" or "ws" && url.Host.IsLoopback) || url.HasTrailingDot)
            return false;

        return patterns.Length == 0
            ? url.Port == 443 && url.Host.IsBelow(["apiax", "io"])
            : patterns.Any(pattern => url.Port == (pattern.Port ?? (url.Scheme is "https" or "wss" ? 443 : 80)) && (pattern.IsWildcard ? url.Host.IsBelow(pattern.Host.Labels) : url.Host.Is(pattern.Host)));
    }

    private static ApiaxAuthOptions Options(PatternParts[] patterns)
    {
        var options = new ApiaxAuthOptions { TokenEndpoint = new Uri("https://login.example/token") };
        foreach (var pattern in patterns)
            options.ApiHosts.Add(pattern.Text);

        return options;
    }
}
