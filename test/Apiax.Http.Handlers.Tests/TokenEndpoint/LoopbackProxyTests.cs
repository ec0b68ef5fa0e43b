using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A system's proxy that also serves loopback (<c>http_proxy</c> without <c>no_proxy</c>) would read the password and the token unencrypted.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class LoopbackProxyTests
{
    private readonly IWebProxy _before = HttpClient.DefaultProxy;

    [TearDown]
    public void Restore() => HttpClient.DefaultProxy = _before;

    private static IEnumerable<TestCaseData<Action<IHttpClientBuilder>>> Primaries =>
    [
        new(_ => { }) { TestName = "{m}(the factory's own)" },
        new(client => client.ConfigurePrimaryHttpMessageHandler(() => new HttpClientHandler())) { TestName = "{m}(HttpClientHandler)" },
        new(client => client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler())) { TestName = "{m}(SocketsHttpHandler)" },
        new(client => client.ConfigurePrimaryHttpMessageHandler(() => new RecordingHandler { InnerHandler = new SocketsHttpHandler() })) { TestName = "{m}(wrapped)" },
    ];

    [TestCaseSource(nameof(Primaries))]
    public async Task Token_requests_to_loopback_bypass_it(Action<IHttpClientBuilder> primary)
    {
        await using var proxy = new LoopbackServer(_ => LoopbackServer.Ok);
        await using var endpoint = new LoopbackServer(_ => LoopbackServer.Ok);
        HttpClient.DefaultProxy = new WebProxy($"http://127.0.0.1:{proxy.Port}");
        var services = new ServiceCollection();
        primary(services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            options.TokenEndpoint = new Uri($"http://127.0.0.1:{endpoint.Port}/token");
        }).AddHttpClient(ApiaxAuthDefaults.TokenClientName));
        await using var provider = services.BuildServiceProvider();

        await Waiting.FailureOf(provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync());

        Assert.That((endpoint.Requests.Count, proxy.Requests.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Without_a_container_as_well()
    {
        await using var proxy = new LoopbackServer(_ => LoopbackServer.Ok);
        await using var endpoint = new LoopbackServer(_ => LoopbackServer.Ok);
        HttpClient.DefaultProxy = new WebProxy($"http://127.0.0.1:{proxy.Port}");
        await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right", TokenEndpoint = new Uri($"http://127.0.0.1:{endpoint.Port}/token") });

        await Waiting.FailureOf(tokens.GetTokenAsync());

        Assert.That((endpoint.Requests.Count, proxy.Requests.Count), Is.EqualTo((1, 0)));
    }

    [TestCase("http://127.0.0.1:8080/", ExpectedResult = null)]
    [TestCase("http://localhost/", ExpectedResult = null)]
    [TestCase("http://[::1]/", ExpectedResult = null)]
    [TestCase("https://localhost/", ExpectedResult = null)]
    [TestCase("https://auth.apiax.io/", ExpectedResult = "http://proxy.bank.example:8080/")]
    public string? Other_addresses_are_left_to_it(string url)
    {
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080");

        Assert.That(LoopbackProxy.IsNeeded);
        return LoopbackProxy.Instance.GetProxy(new Uri(url))?.ToString();
    }

    [Test]
    public void It_is_unchanged_if_it_does_not_serve_loopback_and_the_applications_proxy_is_never_changed()
    {
        using var defaults = new SocketsHttpHandler();
        var proxy = new WebProxy("http://proxy.bank.example:8080");
        using var own = new SocketsHttpHandler { Proxy = proxy };
        using var none = new SocketsHttpHandler { UseProxy = false };
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080", BypassOnLocal: true);
        TokenPrimaryHandler.Restrict(defaults);
        Assert.That(defaults.Proxy, Is.Null);

        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080");
        TokenPrimaryHandler.Restrict(own);
        TokenPrimaryHandler.Restrict(none);
        Assert.That((own.Proxy, none.Proxy), Is.EqualTo((proxy, (IWebProxy?)null)));
    }

    [Test]
    public void A_connection_that_the_server_may_have_closed_is_not_used_again()
    {
        using var defaults = new SocketsHttpHandler();
        using var own = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        TokenPrimaryHandler.Restrict(defaults);
        TokenPrimaryHandler.Restrict(own);

        Assert.That((defaults.PooledConnectionIdleTimeout, own.PooledConnectionIdleTimeout), Is.EqualTo((TimeSpan.Zero, TimeSpan.FromMinutes(1))));
    }

    [Test]
    public void The_same_applies_to_an_HttpClientHandler()
    {
        var proxy = new WebProxy("http://proxy.bank.example:8080");
        using var defaults = new HttpClientHandler();
        using var spared = new HttpClientHandler();
        using var own = new HttpClientHandler { Proxy = proxy };
        using var none = new HttpClientHandler { UseProxy = false };
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080", BypassOnLocal: true);
        TokenPrimaryHandler.Restrict(spared);
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080");
        foreach (var handler in (HttpClientHandler[])[defaults, own, none])
            TokenPrimaryHandler.Restrict(handler);

        Assert.That((defaults.Proxy, spared.Proxy, own.Proxy, none.Proxy), Is.EqualTo((LoopbackProxy.Instance, (IWebProxy?)null, proxy, (IWebProxy?)null)));
    }

    [Test]
    public void Credentials_are_those_of_the_systems_proxy()
    {
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080");
        var credentials = new NetworkCredential("anna", "right");

        LoopbackProxy.Instance.Credentials = credentials;

        Assert.That((HttpClient.DefaultProxy.Credentials, LoopbackProxy.Instance.Credentials), Is.EqualTo((credentials, credentials)));
    }

    [TestCase("http://localhost:5000/", false, ExpectedResult = "is called over http through a proxy")]
    [TestCase("http://localhost:5000/", true, ExpectedResult = "allowed")]
    [TestCase("https://localhost:5000/", false, ExpectedResult = "allowed")]
    [TestCase("https://api.apiax.io/", false, ExpectedResult = "allowed")]
    public string Plain_http_gets_the_token_only_where_it_is_bypassed(string url, bool bypassed)
    {
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080", bypassed);

        return VerdictOn(new Uri(url));
    }

    /// <summary>As the system's proxy of Windows, whether there is one or not.</summary>
    [TestCase(null, "allowed", ExpectedResult = false)]
    [TestCase("http://localhost:5000/", "allowed", ExpectedResult = false)]
    [TestCase("http://proxy.bank.example:8080/", "is called over http through a proxy", ExpectedResult = true)]
    public bool A_proxy_that_names_none_for_a_URL_does_not_serve_it(string? named, string expected)
    {
        HttpClient.DefaultProxy = new NamingProxy { Named = named is null ? null : new Uri(named) };
        var uri = new Uri("http://localhost:5000/");

        Assert.That(VerdictOn(uri), Is.EqualTo(expected));
        return HttpClient.DefaultProxy.AddressFor(uri) is not null;
    }

    [Test]
    public void One_that_names_none_is_used_unchanged()
    {
        HttpClient.DefaultProxy = new NamingProxy();

        Assert.That(LoopbackProxy.OfSystem, Is.SameAs(HttpClient.DefaultProxy));
    }

    [Test]
    public void One_that_serves_loopback_is_used_without_it()
    {
        HttpClient.DefaultProxy = new WebProxy("http://proxy.bank.example:8080");

        Assert.That(LoopbackProxy.OfSystem, Is.SameAs(LoopbackProxy.Instance));
    }

    private static string VerdictOn(Uri uri)
    {
        var hosts = new ApiHosts(new ApiaxAuthOptions { ApiHosts = { "*.apiax.io", "localhost:5000" } });
        return hosts.Allow(uri) ? "allowed" : hosts.ReasonNotAllowed(uri);
    }

    private sealed class NamingProxy : IWebProxy
    {
        public Uri? Named { get; init; }

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => Named;

        public bool IsBypassed(Uri host) => false;
    }
}
