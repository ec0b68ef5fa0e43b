using System.Text;
using System.Text.Json;
using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxTokenEndpointTests : SandboxTests
{
    private static readonly string[] MembersOfThePage =
        ["access_token", "expires_in", "refresh_expires_in", "refresh_token", "token_type", "not-before-policy", "session_state", "scope"];

    [Test]
    public async Task A_password_login_is_answered_with_the_members_of_the_page()
    {
        var reply = await Client.SignInAsync();

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(200));
            Assert.That(reply.Json.EnumerateObject().Select(member => member.Name), Is.EqualTo(MembersOfThePage));
            Assert.That(reply.Json.GetProperty("expires_in").GetInt32(), Is.EqualTo(1800));
            Assert.That(reply.Json.GetProperty("refresh_expires_in").GetInt32(), Is.EqualTo(14 * 24 * 60 * 60));
            Assert.That(reply.Json.GetProperty("token_type").GetString(), Is.EqualTo("Bearer"));
            Assert.That(reply.Json.GetProperty("session_state").TryGetGuid(out _), Is.True);
        });
    }

    [Test]
    public async Task An_access_token_is_a_JWT_of_the_usual_size_that_states_its_lifetime()
    {
        var reply = await Client.SignInAsync();
        var parts = reply.AccessToken.Split('.');
        var claims = JsonSerializer.Deserialize<JsonElement>(WebEncoders.Base64UrlDecode(parts[1]));

        Assert.Multiple(() =>
        {
            Assert.That(parts, Has.Length.EqualTo(3));
            Assert.That(string.Join('.', parts), Has.Length.InRange(1_100, 1_300));
            Assert.That(reply.RefreshToken, Has.Length.InRange(600, 800));
            Assert.That(claims.GetProperty("iat").GetInt64(), Is.EqualTo(Clock.GetUtcNow().ToUnixTimeSeconds()));
            Assert.That(claims.GetProperty("exp").GetInt64(), Is.EqualTo(Clock.GetUtcNow().ToUnixTimeSeconds() + 1800));
        });
    }

    [TestCase(SandboxExpiry.ExpiresInSeconds, "expires_in", 60L)]
    [TestCase(SandboxExpiry.ExpiresInTimestamp, "expires_in", 1_772_366_460_000L)]
    [TestCase(SandboxExpiry.ExpiresAtTimestamp, "expires_at", 1_772_366_460_000L)]
    public async Task Both_answers_state_the_expiry_in_the_configured_form(SandboxExpiry expiry, string member, long value)
    {
        await RestartAsync(new ApiaxSandboxOptions { Expiry = expiry, TokenLifetime = TimeSpan.FromSeconds(60) });

        var login = await Client.SignInAsync();
        var refresh = await Client.RefreshAsync(login);

        Assert.Multiple(() =>
        {
            Assert.That(login.Json.GetProperty(member).GetInt64(), Is.EqualTo(value));
            Assert.That(refresh.Json.GetProperty(member).GetInt64(), Is.EqualTo(value));
            Assert.That(login.Json.EnumerateObject().Count(), Is.EqualTo(MembersOfThePage.Length));
        });
    }

    [Test]
    public async Task The_Date_of_an_answer_is_the_sandboxs_clock()
    {
        Clock.Advance(TimeSpan.FromHours(5));
        Assert.That((await Client.SignInAsync()).Headers.Date, Is.EqualTo(Clock.GetUtcNow()));
    }

    [Test]
    public async Task Only_a_form_and_only_a_POST_is_accepted()
    {
        var json = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        var get = new HttpRequestMessage(HttpMethod.Get, Apiax.TokenEndpoint);

        var nothing = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint);

        Assert.That((await Client.SendAsync(json)).Status, Is.EqualTo(415));
        Assert.That((await Client.SendAsync(get)).Status, Is.EqualTo(405));
        Assert.That((await Client.SendAsync(nothing)).Description, Is.EqualTo("Missing form parameter: grant_type"));
    }

    [TestCase("realms/apiax/protocol/openid-connect/token", "HTTP 404 Not Found")]
    [TestCase("auth/realms/apiax/protocol/openid-connect/token/", "HTTP 404 Not Found")]
    [TestCase("auth/realms/apiax/protocol/openid-connect/tokens", "HTTP 404 Not Found")]
    [TestCase("auth/realms/apiax/token", "HTTP 404 Not Found")]
    [TestCase("auth/apiax/protocol/openid-connect/token", "HTTP 404 Not Found")]
    [TestCase("auth/realms//protocol/openid-connect/token", "Realm does not exist")]
    public async Task A_wrong_path_of_the_token_endpoint_is_not_found_as_in_Keycloak(string path, string error)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Apiax.BaseAddress, path)) { Content = new FormUrlEncodedContent([]) };

        var reply = await Client.SendAsync(request);

        Assert.That((reply.Status, reply.Error), Is.EqualTo((404, error)));
        Assert.That(Apiax.UnauthorizedCalls, Is.Zero);
    }

    [TestCase("grant_type")]
    [TestCase("client_id")]
    [TestCase("scope")]
    public async Task A_parameter_that_is_sent_twice_is_named_as_the_error_whichever_it_is(string name)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = "password", ["client_id"] = "integration-api", ["scope"] = "email" };

        var reply = await Client.PostAsync([.. values.Select(value => (value.Key, value.Value)), (name, values[name])]);

        Assert.That((reply.Status, reply.Error, reply.Description), Is.EqualTo((400, "invalid_request", "duplicated parameter")));
        Assert.That(Apiax.TokenRequests.Single().Form[name], Is.EqualTo(values[name]));
    }

    [Test]
    public async Task A_requested_scope_is_granted_besides_the_default_ones_and_kept_by_a_refresh()
    {
        await RestartAsync(new ApiaxSandboxOptions { Scopes = { "rules" } });
        var login = await Client.PostAsync(("client_id", "integration-api"), ("grant_type", "password"),
            ("username", Apiax.Username), ("password", Apiax.Password), ("scope", "rules"));
        var refresh = await Client.RefreshAsync(login);

        Assert.That(login.Json.GetProperty("scope").GetString(), Is.EqualTo("rules email profile"));
        Assert.That(refresh.Json.GetProperty("scope").GetString(), Is.EqualTo("rules email profile"));
    }
}
