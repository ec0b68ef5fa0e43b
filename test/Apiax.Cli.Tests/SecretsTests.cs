using System.Net;
using System.Text;

namespace Apiax.Cli.Tests;

/// <summary>Neither password nor token is written to the output, to stderr or to a file, even if a server repeats what it was sent.</summary>
[TestFixture]
internal sealed class SecretsTests
{
    private const string Password = "pass+wörd & secret=%";
    private const string AccessToken = "access-token-secret";
    private const string RenewedToken = "renewed-secret";
    private const string RefreshToken = "refresh-token-secret";
    private const string EndpointKey = "endpoint%20%3Fkey-secret";
    private const string UrlKey = "url%20key-secret";
    private const string ForeignKey = "foreign-secret";

    // The connection ends without an answer.
    private const string Nothing = "";

    private World _world = null!;

    [SetUp]
    public void Start() => _world = new World();

    [TearDown]
    public void Stop() => _world.Dispose();

    [Test]
    public async Task A_server_that_repeats_the_password_when_it_rejects_it([Values] bool json) =>
        await ExpectNoSecretAsync(16, json, request => request.Body.Contains("password=", StringComparison.Ordinal)
            ? Refusal("invalid_grant", $"wrong: {Password} {Uri.EscapeDataString(Password)} {WebUtility.UrlEncode(Password)} {Convert.ToBase64String(Encoding.UTF8.GetBytes(Password))} \u001b[31mred")
            : null);

    [Test]
    public async Task A_server_that_repeats_the_password_as_the_error([Values] bool json) =>
        await ExpectNoSecretAsync(16, json, request => request.Body.Contains("password=", StringComparison.Ordinal) ? Refusal(Password, "no") : null);

    [Test]
    public async Task A_server_that_repeats_password_and_tokens_when_it_refuses_the_refresh([Values] bool json) =>
        await ExpectNoSecretAsync(18, json, request => request.Body.Contains("refresh_token=", StringComparison.Ordinal)
            ? Refusal("invalid_grant", $"{RefreshToken} {AccessToken} {Password}")
            : null);

    [Test]
    public Task An_API_that_redirects_to_a_host_made_of_the_token([Values] bool json) => ExpectNoSecretInHostAsync(RenewedToken, Password, json);

    [Test]
    public Task An_API_that_redirects_to_a_host_made_of_the_password([Values] bool json) => ExpectNoSecretInHostAsync("weak-password", "weak-password", json);

    [Test]
    public async Task An_API_that_repeats_the_token_when_it_rejects_it([Values] bool json) =>
        await ExpectNoSecretAsync(19, json, request => request.Path.StartsWith("/rules", StringComparison.Ordinal)
            ? ScriptedServer.Answer(401, RenewedToken, headers: $"WWW-Authenticate: Bearer error=\"{RenewedToken}\"\r\n")
            : null);

    [Test]
    public async Task A_server_that_repeats_addresses([Values] bool json) =>
        await ExpectNoSecretAsync(16, json, request => request.Body.Contains("password=", StringComparison.Ordinal)
            ? Refusal("invalid_grant", $"no {request.Path} {Uri.UnescapeDataString(request.Path)} ?key={UrlKey} {EndpointKey} {UrlKey} {Uri.UnescapeDataString(EndpointKey)} {Uri.UnescapeDataString(UrlKey)} https://{ForeignKey}:{ForeignKey}@login.example/page?{ForeignKey} http://login.example#{ForeignKey}")
            : null);

    [Test]
    public async Task An_endpoint_that_redirects([Values] bool json) =>
        await ExpectNoSecretAsync(14, json, _ => ScriptedServer.Answer(302, "", headers: $"Location: https://{ForeignKey}:{ForeignKey}@login.example/page?{ForeignKey}#{ForeignKey}\r\n"));

    /// <summary>The library's own message names the endpoint.</summary>
    [Test]
    public async Task An_endpoint_that_ends_the_connection([Values("password=", "refresh_token=")] string form, [Values] bool json) =>
        await ExpectNoSecretAsync(form == "password=" ? 16 : 18, json, request => request.Body.Contains(form, StringComparison.Ordinal) ? Nothing : null);

    [Test]
    public async Task An_API_that_ends_the_connection([Values] bool json) =>
        await ExpectNoSecretAsync(19, json, request => request.Method == "GET" ? Nothing : null);

    [Test]
    public async Task A_chain_without_faults([Values] bool json) => await ExpectNoSecretAsync(0, json, _ => null);

    private static string Refusal(string error, string description) =>
        ScriptedServer.Answer(400, System.Text.Json.JsonSerializer.Serialize(new { error, error_description = description }));

    private static string Usual(ScriptedRequest request) => request switch
    {
        { Method: "GET" } => ScriptedServer.Answer(200, RenewedToken),
        { Body: var body } when body.Contains("refresh_token=", StringComparison.Ordinal) =>
            ScriptedServer.Answer(200, $$"""{"access_token":"{{RenewedToken}}","refresh_token":"{{RefreshToken}}","expires_in":60}"""),
        { Body: var body } when body.Contains("grant_type", StringComparison.Ordinal) =>
            ScriptedServer.Answer(200, $$"""{"access_token":"{{AccessToken}}","refresh_token":"{{RefreshToken}}","expires_in":60}"""),
        _ => Refusal("invalid_request", "nothing asked"),
    };

    /// <summary>The server is also the proxy, so that a host of any name answers.</summary>
    private async Task ExpectNoSecretInHostAsync(string secret, string password, bool json)
    {
        await using var proxy = new ScriptedServer(request => request.Path.Contains("/rules", StringComparison.Ordinal)
            ? ScriptedServer.Answer(302, secret, headers: $"Location: http://{secret}.example/{secret}\r\nWWW-Authenticate: Bearer error=\"{secret}\"\r\n")
            : Usual(request));
        _world.Proxy = new WebProxy($"http://127.0.0.1:{proxy.Port}");
        await ExpectNoSecretAsync(19, json, _ => null, password);

        Assert.That(proxy.Requests.Select(request => request.Path), Has.Some.EqualTo($"http://{secret}.example/{secret}"));
    }

    private async Task ExpectNoSecretAsync(int exitCode, bool json, Func<ScriptedRequest, string?> answer, string password = Password)
    {
        await using var server = new ScriptedServer(request => (answer(request) ?? Usual(request)) is var text && text == Nothing ? null : text);
        _world.Use(new Uri($"http://127.0.0.1:{server.Port}/token?key={EndpointKey}"), password);
        _world.Set("ApiHosts:0", $"127.0.0.1:{server.Port}");
        string[] options = json ? ["--json"] : [];
        var run = await _world.CheckAsync([.. options, $"http://127.0.0.1:{server.Port}/rules?key={UrlKey}#{UrlKey}"]);

        var all = run.Output + run.Error + _world.KeptFiles();
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), all);
        Assert.Multiple(() =>
        {
            foreach (var secret in new[] { password, AccessToken, RenewedToken, RefreshToken, "key-secret", ForeignKey })
            {
                foreach (var spelling in new[] { secret, Uri.EscapeDataString(secret), WebUtility.UrlEncode(secret), Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), System.Text.Json.JsonEncodedText.Encode(secret).Value })
                    Assert.That(all, Does.Not.Contain(spelling).IgnoreCase);
            }

            Assert.That((run.Output + run.Error).Where(char.IsControl), Is.All.EqualTo('\n'), "Nothing steers the terminal.");
        });
    }
}
