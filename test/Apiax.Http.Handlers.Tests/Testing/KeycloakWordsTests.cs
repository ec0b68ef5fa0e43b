using System.Net.Http.Headers;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>More answers of Keycloak, besides those in <see cref="KeycloakAnswers"/>.</summary>
[TestFixture]
internal sealed class KeycloakWordsTests : SandboxTests
{
    private const string Client1 = "client_id=integration-api";
    private const string Credentials = "&username={0}&password={1}";

    private static readonly object[] Forms =
    [
        Row("a parameter in capitals", "GRANT_TYPE=password&" + Client1, 400, "invalid_request", "Missing form parameter: grant_type"),
        Row("no client", "grant_type=password" + Credentials, 401, "invalid_client", "Invalid client or Invalid client credentials"),
        Row("no user name", "grant_type=password&password=p&" + Client1, 401, "invalid_request", "Missing parameter: username"),
        Row("no refresh token", "grant_type=refresh_token&" + Client1, 400, "invalid_request", "No refresh token"),
    ];

    private static readonly (string, string) ClientId = ("client_id", "integration-api");

    [TestCaseSource(nameof(Forms))]
    public async Task A_form_is_refused(string form, int status, string error, string? description)
    {
        form = form.Replace("{0}", Apiax.Username, StringComparison.Ordinal).Replace("{1}", Uri.EscapeDataString(Apiax.Password), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint) { Content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded")) };

        var reply = await Client.SendAsync(request);

        Assert.That(Said(reply), Is.EqualTo((status, error, description)));
        Assert.That((Apiax.TokenRequests.Single().Outcome, Apiax.TokenRequests.Single().Error, Apiax.Logins), Is.EqualTo((SandboxTokenOutcome.Refused, error, 0)));
        Assert.That((reply.Headers.CacheControl!.NoStore, reply.MediaType), Is.EqualTo((true, "application/json")));
    }

    [Test]
    public async Task A_realm_that_is_disabled_grants_nothing_until_it_is_enabled_again()
    {
        var login = await Client.SignInAsync();
        Apiax.RealmEnabled = false;
        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(403));

        Apiax.RealmEnabled = true;

        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(200));
    }

    [TestCase(SandboxClientKind.Disabled, 401)]
    [TestCase(SandboxClientKind.Confidential, 401)]
    [TestCase(SandboxClientKind.WithoutDirectAccessGrants, 200)]
    [TestCase(SandboxClientKind.ConsentRequired, 200)]
    public async Task A_refresh_depends_on_the_client_but_not_on_its_direct_access_grants(SandboxClientKind kind, int status)
    {
        var login = await Client.SignInAsync();
        Apiax.SetClient(kind);

        Assert.That((await Client.RefreshAsync(login)).Status, Is.EqualTo(status));
        Apiax.SetClient(SandboxClientKind.Public);
        Assert.That((await Client.SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task From_26_6_on_a_wrong_password_is_answered_with_400()
    {
        await RestartAsync(new ApiaxSandboxOptions { KeycloakVersion = new Version(26, 6) });
        Assert.That((await Client.SignInAsync("wrong")).Status, Is.EqualTo(400));
    }

    [TestCase("")]
    [TestCase("@sandbox.invalid")]
    public async Task A_user_name_is_taken_in_any_case_and_the_mail_address_as_well(string domain) =>
        Assert.That((await Client.SignInAsync(username: Apiax.Username.ToUpperInvariant() + domain)).Status, Is.EqualTo(200));

    [TestCase(null, null)]
    [TestCase("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    [TestCase("client_assertion", "")]
    public async Task A_refresh_succeeds_with_and_without_half_an_assertion(string? name, string? value)
    {
        var login = await Client.SignInAsync();
        (string, string)[] form = [ClientId, ("grant_type", "refresh_token"), ("refresh_token", login.RefreshToken)];

        var reply = await Client.PostAsync(name is null ? form : [.. form, (name, value!)]);

        Assert.That(reply.Status, Is.EqualTo(200));
    }

    [Test]
    public async Task OpenIddict_refuses_half_an_assertion()
    {
        var login = await Client.SignInAsync();
        Apiax.RefuseHalfAssertions = true;

        Assert.That((await Client.RefreshAsync(login)).Error, Is.EqualTo("invalid_request"));
        Assert.That((await Client.PostAsync(ClientId, ("grant_type", "refresh_token"), ("refresh_token", login.RefreshToken))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task An_id_token_comes_with_openid_and_an_end_is_not_declared_offline()
    {
        var reply = await Client.PostAsync(ClientId, ("grant_type", "password"), ("username", Apiax.Username), ("password", Apiax.Password), ("scope", "openid offline_access"));

        Assert.That(reply.Json.GetProperty("id_token").GetString(), Does.StartWith("ey"));
        Assert.That(reply.Json.GetProperty("refresh_expires_in").GetInt32(), Is.Zero);
        Clock.Advance(TimeSpan.FromDays(100));
        Assert.That((await Client.RefreshAsync(reply)).Status, Is.EqualTo(200));
    }

    private static (int Status, string? Error, string? Description) Said(TokenReply reply) => (reply.Status, reply.Error, reply.Description);

    private static TestCaseData Row(string what, string form, int status, string error, string? description) =>
        new TestCaseData(form, status, error, description).SetArgDisplayNames(what);
}
