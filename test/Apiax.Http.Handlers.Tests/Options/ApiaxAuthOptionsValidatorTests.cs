using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiaxAuthOptionsValidatorTests
{
    [Test]
    public void A_user_name_and_a_password_are_all_that_is_needed() => Assert.That(FailuresOf(_ => { }), Is.Empty);

    [Test]
    public void Without_either_both_are_named()
    {
        var failures = Failures(new ApiaxAuthOptions(), hasProvider: false);

        Assert.That(failures, Is.EqualTo((string[])[
            "Username is missing. No configuration section was read: set it in services.AddApiaxAuth(options => …), or register services.AddScoped<IApiaxCredentialsProvider, …>().",
            "Password is missing. No configuration section was read: set it in services.AddApiaxAuth(options => …), or register services.AddScoped<IApiaxCredentialsProvider, …>().",
        ]));
    }

    [Test]
    public void A_credentials_provider_replaces_them() => Assert.That(Failures(new ApiaxAuthOptions(), hasProvider: true), Is.Empty);

    [Test]
    public void The_provider_is_resolved_by_the_name_of_the_settings()
    {
        var validator = new ApiaxAuthOptionsValidator(name => name == "rules");

        Assert.That((validator.Validate("rules", new()).Succeeded, validator.Validate("other", new()).Succeeded), Is.EqualTo((true, false)));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase(null)]
    public void A_client_is_needed(string? clientId) =>
        Assert.That(FailuresOf(o => o.ClientId = clientId!), Is.EqualTo((string[])["ClientId is missing."]));

    [TestCase("https://auth.example/token")]
    [TestCase("https://auth.example:8443/token")]
    [TestCase("http://localhost:5001/token")]
    [TestCase("http://127.0.0.1/token")]
    [TestCase("http://[::1]/token")]
    public void The_token_endpoint_is_https_or_on_loopback(string url) =>
        Assert.That(FailuresOf(o => o.TokenEndpoint = new Uri(url)), Is.Empty);

    [TestCase("http://auth.example/token")]
    [TestCase("http://10.0.0.1/token")]
    [TestCase("http://localhost.evil.example/token")]
    [TestCase("ftp://localhost/token")]
    [TestCase("wss://auth.example/token", Description = "a URL of a web socket")]
    [TestCase("file:///token")]
    public void No_password_is_sent_unencrypted(string url) =>
        Assert.That(FailuresOf(o => o.TokenEndpoint = new Uri(url)), Is.EqualTo((string[])["TokenEndpoint must use https; http is allowed for loopback hosts only."]));

    [Test]
    public void A_relative_token_endpoint_is_named() =>
        Assert.That(FailuresOf(o => o.TokenEndpoint = new Uri("token", UriKind.Relative)), Is.EqualTo((string[])["TokenEndpoint must be an absolute URL."]));

    [Test]
    public void A_missing_token_endpoint_is_named() =>
        Assert.That(FailuresOf(o => o.TokenEndpoint = null!), Is.EqualTo((string[])["TokenEndpoint must be an absolute URL."]));

    [TestCase("https://user:hunter2@auth.example/token")]
    [TestCase("https://auth.example/token#hunter2")]
    public void A_secret_in_the_token_endpoint_is_refused_and_not_quoted(string url) =>
        Assert.That(FailuresOf(o => o.TokenEndpoint = new Uri(url)), Is.EqualTo((string[])["TokenEndpoint must not have user info or a fragment."]));

    [Test]
    public void A_revocation_endpoint_must_be_confidential_and_may_be_omitted()
    {
        Assert.That(FailuresOf(o => o.RevocationEndpoint = null), Is.Empty);
        Assert.That(FailuresOf(o => o.RevocationEndpoint = new Uri("https://auth.example/revoke")), Is.Empty);
        Assert.That(FailuresOf(o => o.RevocationEndpoint = new Uri("http://auth.example/revoke")), Is.EqualTo((string[])["RevocationEndpoint must use https; http is allowed for loopback hosts only."]));
    }

    [Test]
    public void Every_wrong_host_is_named_by_its_place_and_not_quoted()
    {
        var failures = FailuresOf(o => Add(o.ApiHosts, "https://a.example", "*.apiax.io", "user:hunter2@b.example", null!));

        Assert.Multiple(() =>
        {
            Assert.That(failures.Select(failure => failure.Split(' ')[0]), Is.EqualTo((string[])["ApiHosts[0]", "ApiHosts[2]", "ApiHosts[3]"]));
            Assert.That(failures, Has.None.Contains("hunter2"));
        });
    }

    [TestCase(nameof(ApiaxAuthOptions.RefreshAhead), "00:00:00", "12:00:00")]
    [TestCase(nameof(ApiaxAuthOptions.RefreshTokenLifetime), "00:00:00.0000001", "365.00:00:00")]
    [TestCase(nameof(ApiaxAuthOptions.DefaultTokenLifetime), "00:00:01", "1.00:00:00")]
    [TestCase(nameof(ApiaxAuthOptions.AttemptTimeout), "00:00:00.1000000", "00:05:00")]
    [TestCase(nameof(ApiaxAuthOptions.TokenTimeout), "00:00:00.1000000", "00:10:00")]
    public void A_duration_must_be_within_its_bounds(string name, string least, string most)
    {
        var (shortest, longest, tick) = (Span(least), Span(most), TimeSpan.FromTicks(1));

        Assert.Multiple(() =>
        {
            Assert.That(NamedWith(shortest), Is.Empty);
            Assert.That(NamedWith(longest), Is.Empty);
            Assert.That(NamedWith(shortest - tick), Is.EqualTo((string[])[$"{name} ({shortest - tick}) must be between {least} and {most}."]));
            Assert.That(NamedWith(longest + tick), Is.EqualTo((string[])[$"{name} ({longest + tick}) must be between {least} and {most}."]));
        });

        // The two limits are also compared with each other; another test covers that.
        string[] NamedWith(TimeSpan value) => [.. FailuresOf(o => typeof(ApiaxAuthOptions).GetProperty(name)!.SetValue(o, value)).Where(failure => failure.Contains("between"))];
    }

    [Test]
    public void An_attempt_may_take_as_long_as_the_whole_and_no_longer()
    {
        var failures = FailuresOf(o => o.AttemptTimeout = TimeSpan.FromSeconds(31));

        Assert.That(failures, Is.EqualTo((string[])["AttemptTimeout (00:00:31) must not be longer than TokenTimeout (00:00:30)."]));
        Assert.That(FailuresOf(o => o.AttemptTimeout = TimeSpan.FromSeconds(30)), Is.Empty);
    }

    [Test]
    public void All_wrong_settings_are_reported_at_once()
    {
        var failures = FailuresOf(o => (o.ClientId, o.Username, o.TokenTimeout) = ("", "", TimeSpan.Zero));

        Assert.That(failures.Select(failure => failure.Split(' ')[0]), Is.EqualTo((string[])["ClientId", "TokenTimeout", "AttemptTimeout", "Username"]));
    }

    [Test]
    public void Without_a_host_the_same_is_thrown()
    {
        var wrong = new ApiaxAuthOptions { Password = "hunter2", ClientId = "" };

        Assert.That(
            () => ApiaxAuthOptionsValidator.ThrowIfInvalid(wrong, hasCredentials: false),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("ClientId").And.Message.Contains("Username").And.Message.Not.Contains("hunter2"));
        Assert.That(() => ApiaxAuthOptionsValidator.ThrowIfInvalid(new ApiaxAuthOptions(), hasCredentials: true), Throws.Nothing);
    }

    [Test]
    public void A_handler_validates_only_the_settings_that_it_uses()
    {
        var account = new ApiaxAuthOptions { ClientId = "", TokenTimeout = TimeSpan.Zero, RefreshAhead = TimeSpan.FromDays(2), RevocationEndpoint = new Uri("ftp://x/") };
        Assert.That(() => ApiaxAuthOptionsValidator.ThrowIfInvalidForHandler(account), Throws.Nothing);

        var wrong = new ApiaxAuthOptions { TokenEndpoint = new Uri("/token", UriKind.Relative), MaxReplayBodySize = -1, ApiHosts = { "https://api.apiax.io/" } };
        Assert.That(
            () => ApiaxAuthOptionsValidator.ThrowIfInvalidForHandler(wrong),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("TokenEndpoint").And.Message.Contains("MaxReplayBodySize").And.Message.Contains("ApiHosts[0]"));
    }

    [Test]
    public void Without_a_container_the_remedy_is_an_argument() => Assert.That(
        () => ApiaxAuthOptionsValidator.ThrowIfInvalid(new ApiaxAuthOptions(), hasCredentials: false),
        Throws.TypeOf<OptionsValidationException>().With.Message.Contains("Username is missing. Set it, or pass an IApiaxCredentialsProvider."));

    private static string[] FailuresOf(Action<ApiaxAuthOptions> change)
    {
        var options = new ApiaxAuthOptions { Username = "user", Password = "hunter2" };
        change(options);
        var failures = Failures(options, hasProvider: false);
        Assert.That(failures, Has.None.Contains("hunter2").And.None.Contains("\n"));
        return failures;
    }

    private static string[] Failures(ApiaxAuthOptions options, bool hasProvider) =>
        [.. new ApiaxAuthOptionsValidator(_ => hasProvider).Validate(name: null, options).Failures ?? []];

    private static TimeSpan Span(string text) => TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static void Add(IList<string> hosts, params string[] texts) => texts.ToList().ForEach(hosts.Add);
}
