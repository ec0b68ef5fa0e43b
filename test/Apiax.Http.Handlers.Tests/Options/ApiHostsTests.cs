namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiHostsTests
{
    [TestCase("https://api.apiax.io/rules")]
    [TestCase("https://API.Apiax.IO/rules")]
    [TestCase("https://eu.api.apiax.io/")]
    [TestCase("https://api.apiax.io:443/")]
    [TestCase("https://auth.apiax.io/auth/admin")]
    [TestCase("wss://api.apiax.io/changes")]
    public void By_default_every_host_under_apiax_io_may_have_the_token(string url) => Assert.That(Allows(url), Is.True);

    [TestCase("https://apiax.io/", Description = "the apex")]
    [TestCase("https://evilapiax.io/")]
    [TestCase("https://api-apiax.io/")]
    [TestCase("https://apiax.io.evil.example/")]
    [TestCase("https://api.apiax.io.evil.example/")]
    [TestCase("https://evil.example/api.apiax.io")]
    [TestCase("https://evil.example/?x=.apiax.io")]
    [TestCase("https://evil.example/#.apiax.io")]
    [TestCase("https://api.apiax.io@evil.example/")]
    [TestCase("https://api.apiax.io:443@evil.example/")]
    [TestCase("https://evil.example/\\@api.apiax.io/")]
    [TestCase("https://evil.example/\\.apiax.io/")]
    [TestCase("https://api.apiax.io\uFF0Eevil.example/", Description = "a full-width dot")]
    [TestCase("https://api.\u0430piax.io/", Description = "a Cyrillic a")]
    [TestCase("https://api.apiax.\u0456o/", Description = "a Cyrillic i")]
    public void A_host_that_only_looks_like_it_may_not(string url) => Assert.That(Allows(url), Is.False);

    [TestCase("https://api.apiax.io./")]
    [TestCase("https://api.apiax.io。/", Description = "an ideographic full stop is a dot, too")]
    [TestCase("https://api.apiax.io.:443/")]
    public void A_trailing_dot_never_matches(string url) =>
        Assert.Multiple(() =>
        {
            Assert.That(Allows(url), Is.False);
            Assert.That(Allows(url, "api.apiax.io"), Is.False);
        });

    [TestCase("http://api.apiax.io/")]
    [TestCase("http://api.apiax.io:443/")]
    [TestCase("ftp://api.apiax.io/")]
    [TestCase("ws://api.apiax.io/")]
    [TestCase("file://api.apiax.io/x")]
    public void Only_https_and_wss_may_carry_the_token(string url) =>
        Assert.That(Allows(url, "*.apiax.io", "*.apiax.io:443", "*.apiax.io:80"), Is.False);

    [TestCase("http://localhost:5001/", "localhost:5001")]
    [TestCase("http://localhost/", "localhost")]
    [TestCase("http://127.0.0.1:5001/", "127.0.0.1:5001")]
    [TestCase("http://[::1]:5001/", "[::1]:5001")]
    [TestCase("ws://localhost:5001/", "localhost:5001")]
    [TestCase("https://localhost/", "localhost")]
    public void Loopback_may_be_http_when_it_is_listed(string url, string listed) =>
        Assert.Multiple(() =>
        {
            Assert.That(Allows(url, listed), Is.True);
            Assert.That(Allows(url), Is.False);
        });

    [TestCase("http://10.0.0.1/", "10.0.0.1")]
    [TestCase("http://localhost.evil.example/", "localhost.evil.example")]
    [TestCase("http://127.0.0.1.evil.example/", "127.0.0.1.evil.example")]
    [TestCase("http://[::2]/", "[::2]")]
    public void No_other_host_may_be_http(string url, string listed) => Assert.That(Allows(url, listed), Is.False);

    [TestCase("https://api.apiax.io/", "api.apiax.io", true)]
    [TestCase("https://api.apiax.io:443/", "api.apiax.io", true)]
    [TestCase("https://api.apiax.io:8443/", "api.apiax.io", false)]
    [TestCase("https://api.apiax.io:8443/", "*.apiax.io", false)]
    [TestCase("https://api.apiax.io:8443/", "api.apiax.io:8443", true)]
    [TestCase("https://api.apiax.io:8443/", "*.apiax.io:8443", true)]
    [TestCase("https://api.apiax.io/", "api.apiax.io:8443", false)]
    [TestCase("https://api.apiax.io/", "api.apiax.io:443", true)]
    [TestCase("http://localhost:80/", "localhost", true)]
    [TestCase("http://localhost:443/", "localhost", false)]
    [TestCase("https://localhost:80/", "localhost", false)]
    [TestCase("https://[::1]:8443/", "[::1]", false)]
    public void Without_a_port_the_default_of_the_scheme_applies(string url, string listed, bool allowed) => Assert.That(Allows(url, listed), Is.EqualTo(allowed));

    [TestCase("https://www.bücher.example/", "*.bücher.example")]
    [TestCase("https://bücher.example/", "xn--bcher-kva.example")]
    [TestCase("https://xn--bcher-kva.example/", "bücher.example")]
    [TestCase("https://XN--BCHER-KVA.example/", "BÜCHER.example")]
    public void Internet_names_compare_in_their_ASCII_form(string url, string listed) => Assert.That(Allows(url, listed), Is.True);

    [TestCase("https://[0:0:0:0:0:0:0:1]/", "[::1]", true)]
    [TestCase("https://[2001:DB8::1]/", "[2001:db8::1]", true)]
    [TestCase("https://[2001:db8::2]/", "[2001:db8::1]", false)]
    [TestCase("https://[::1]/", "127.0.0.1", false)]
    [TestCase("https://2130706433/", "127.0.0.1", true)]
    public void Addresses_compare_by_value(string url, string listed, bool allowed) => Assert.That(Allows(url, listed), Is.EqualTo(allowed));

    [Test]
    public void A_list_replaces_the_default() => Assert.That(Allows("https://api.apiax.io/", "api.example"), Is.False);

    [Test]
    public void Any_entry_of_the_list_is_sufficient() => Assert.That(Allows("https://two.example/", "one.example", "two.example"), Is.True);

    [Test]
    public void A_user_in_the_URL_does_not_matter() => Assert.That(Allows("https://user:pass@api.apiax.io/"), Is.True);

    [TestCase("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token")]
    [TestCase("https://auth.apiax.io:443/auth/realms/apiax/protocol/openid-connect/token?x=1")]
    [TestCase("https://AUTH.apiax.io/auth/REALMS/apiax/protocol/openid-connect/Token#x")]
    [TestCase("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/%74oken")]
    [TestCase("https://auth.apiax.io/x/../auth/realms/apiax/protocol/openid-connect/token")]
    [TestCase("https://user@auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token")]
    public void The_token_endpoint_itself_never_gets_a_token(string url) =>
        Assert.Multiple(() =>
        {
            Assert.That(Allows(url), Is.False);
            Assert.That(Allows(url, "*.apiax.io", "auth.apiax.io", "auth.apiax.io:443"), Is.False);
        });

    [TestCase("https://auth.apiax.io/")]
    [TestCase("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/userinfo")]
    [TestCase("https://auth.apiax.io/auth/realms/other/protocol/openid-connect/token")]
    [TestCase("https://api.apiax.io/auth/realms/apiax/protocol/openid-connect/token")]
    public void Other_paths_of_its_host_and_its_path_on_other_hosts_do(string url) => Assert.That(Allows(url), Is.True);

    [Test]
    public void A_token_endpoint_on_loopback_gets_none_either()
    {
        var options = new ApiaxAuthOptions { TokenEndpoint = new Uri("http://localhost:5001/token"), ApiHosts = { "localhost:5001" } };
        var hosts = new ApiHosts(options);

        Assert.That((hosts.Allow(new Uri("http://localhost:5001/token")), hosts.Allow(new Uri("http://localhost:5001/api"))), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_request_without_an_absolute_URL_carries_none()
    {
        var hosts = new ApiHosts(new ApiaxAuthOptions());

        Assert.That((hosts.Allow(null), hosts.Allow(new Uri("/rules", UriKind.Relative)), hosts.Allow(new Uri("//api.apiax.io/", UriKind.Relative))), Is.EqualTo((false, false, false)));
    }

    [Test]
    public void Settings_that_were_not_validated_are_refused() =>
        Assert.That(() => Allows("https://api.apiax.io/", "https://api.apiax.io"), Throws.TypeOf<FormatException>().With.Message.EqualTo("Not a host pattern."));

    private static bool Allows(string url, params string[] listed)
    {
        var options = new ApiaxAuthOptions();
        foreach (var host in listed)
            options.ApiHosts.Add(host);

        return new ApiHosts(options).Allow(new Uri(url));
    }
}
