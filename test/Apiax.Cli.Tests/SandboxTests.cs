using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli.Tests;

/// <summary><c>apiax sandbox</c> while it runs: its requests, its faults, its options.</summary>
[TestFixture]
internal sealed partial class SandboxTests
{
    private readonly HttpClient _http = new();
    private CancellationTokenSource _stop = null!;
    private World _world = null!;
    private LinesWriter _output = null!;
    private LinesWriter _error = null!;
    private Task<int> _sandbox = null!;

    private string[] Ports => [.. PortNumbers().Matches(_output.ToString()).Select(port => port.Value).Distinct(StringComparer.Ordinal)];

    private Uri Api => new($"http://127.0.0.1:{Ports[0]}/");

    private Uri Control => new($"http://127.0.0.1:{Ports[1]}/");

    private Uri TokenEndpoint => new(Api, "auth/realms/apiax/protocol/openid-connect/token");

    [SetUp]
    public void Start()
    {
        (_world, _stop) = (new World(), new CancellationTokenSource());
        (_output, _error, _sandbox) = (new LinesWriter(), new LinesWriter(), Task.FromResult(0));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _sandbox;
        _sandbox.Dispose();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
        _world.Dispose();
        _stop.Dispose();
    }

    [OneTimeTearDown]
    public void Dispose() => _http.Dispose();

    [Test]
    public async Task Each_request_is_shown_at_once()
    {
        await RunAsync();
        var token = await SignInAsync("sandbox", "sandbox-password");
        await _output.SaysAsync("token  password       a token for sandbox");
        await CallAsync(token);
        await _output.SaysAsync("API    1 call with a valid token");
        await CallAsync("no token");
        await _output.SaysAsync("API    1 call answered 401");
        await SignInAsync("sandbox", "hidden");
        await _output.SaysAsync("token  password       refused: invalid_grant");

        Assert.That(_output.ToString(), Does.Not.Contain("hidden").And.Not.Contain(token));
    }

    [Test]
    public async Task A_POST_causes_a_fault()
    {
        await RunAsync();
        var token = await SignInAsync("sandbox", "sandbox-password");
        Assert.That(await CallAsync(token), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await PostAsync("revoke"), Is.EqualTo("The sandbox revokes the access tokens.\n"));
        Assert.That(await CallAsync(token), Is.EqualTo(HttpStatusCode.Unauthorized));

        await PostAsync("fail");
        using var failed = await LoginAsync("sandbox", "sandbox-password");
        Assert.That(failed.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        await PostAsync("clear");
        using var better = await LoginAsync("sandbox", "sandbox-password");
        Assert.That(better.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Another_path_or_method_lists_the_valid_ones()
    {
        await RunAsync();
        using var answer = await _http.GetAsync(new Uri(Control, "revoke"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("POST one of: /revoke, /end-sessions, /fail, /reject, /clear\n"));
    }

    [Test]
    public async Task Lifetimes_and_users_are_as_requested()
    {
        await RunAsync("--token-lifetime", "7", "--refresh-lifetime", "70", "--user", "anna:one", "--user", "bert:t:wo");
        using var answer = await LoginAsync("bert", "t:wo");
        var tokens = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.That(tokens.GetProperty("expires_in").GetInt32(), Is.EqualTo(7));
        Assert.That(tokens.GetProperty("refresh_expires_in").GetInt32(), Is.EqualTo(70));
        Assert.That(_output.ToString(), Does.Contain("export Apiax__Username='anna'"));
    }

    [Test]
    public async Task Shells_read_a_quotation_mark_in_a_password_as_it_is()
    {
        await RunAsync("--user", "o'neil:it's");

        Assert.That(_output.ToString(), Does.Contain(@"export Apiax__Username='o'\''neil'").And.Contain(@"export Apiax__Password='it'\''s'"));
        Assert.That(_output.ToString(), Does.Contain("$env:Apiax__Username = 'o''neil'").And.Contain("$env:Apiax__Password = 'it''s'"));
    }

    [Test]
    public void A_port_on_which_this_user_may_not_listen_counts_as_one_in_use() =>
        Assert.That(SandboxCommand.IsPortNotFree(new SocketException((int)SocketError.AccessDenied)), Is.True);

    [Test]
    public async Task If_the_port_for_faults_is_in_use_any_free_one_is_used()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();

        await using var control = await SandboxControl.StartAsync(new SandboxFaults(apiax), apiax.BaseAddress.Port);
        using var answer = await _http.PostAsync(new Uri(control.Address, "clear"), content: null);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_user_may_have_the_name_of_the_sandboxs_own()
    {
        await RunAsync("--user", "Sandbox-User:one");
        using var answer = await LoginAsync("sandbox-user", "one");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("anna:hidden", "bert:hidden", "anna:hidden2", "anna")]
    [TestCase("bert:hidden", "anna:hidden", "Anna:hidden", "Anna")]
    public async Task A_user_who_is_given_twice_is_reported_by_name(string one, string two, string three, string name)
    {
        var run = await _world.RunAsync(default, "sandbox", "--user", one, "--user", two, "--user", three);

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.StartWith($"--user {name} is given more than once").And.Contain("See apiax sandbox --help.").And.Not.Contain("hidden"));
    }

    [TestCase("--token-lifetime", "0")]
    [TestCase("--token-lifetime", "hidden")]
    [TestCase("--refresh-lifetime", "-1")]
    [TestCase("--user", "hidden")]
    [TestCase("--user", ":hidden")]
    [TestCase("--user", "hidden:")]
    public async Task An_invalid_option_is_reported_by_its_name(string option, string value)
    {
        var run = await _world.RunAsync(default, "sandbox", option, value);

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.StartWith($"{option} ").And.Contain("is missing or not valid").And.Not.Contain("hidden").And.Not.Contain("never taken"));
    }

    [Test]
    public async Task With_json_the_output_is_one_document_and_the_requests_go_to_stderr()
    {
        _sandbox = Tool.RunAsync(["sandbox", "--port", "0", "--json"], _world.SurroundingsOf(_output, _error), _stop.Token);
        await _output.SaysAsync("\n}");
        await SignInAsync("sandbox", "sandbox-password");
        await _error.SaysAsync("a token for sandbox");

        Assert.That(_error.ToString(), Does.Match(@"^Faults, by a POST to http://127\.0\.0\.1:\d+/\n"));
        Assert.That(() => JsonDocument.Parse(_output.ToString()), Throws.Nothing);
    }

    private async Task RunAsync(params string[] options)
    {
        _sandbox = Tool.RunAsync(["sandbox", "--port", "0", .. options], _world.SurroundingsOf(_output, _error), _stop.Token);
        await _output.SaysAsync("Requests:");
    }

    private async Task<HttpResponseMessage> LoginAsync(string user, string password)
    {
        using var form = new FormUrlEncodedContent([new("client_id", "integration-api"), new("grant_type", "password"), new("username", user), new("password", password)]);
        return await _http.PostAsync(TokenEndpoint, form);
    }

    private async Task<string> SignInAsync(string user, string password)
    {
        using var answer = await LoginAsync(user, password);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("access_token", out var token) ? token.GetString()! : "";
    }

    private async Task<HttpStatusCode> CallAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Api, "rules"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var answer = await _http.SendAsync(request);
        return answer.StatusCode;
    }

    private async Task<string> PostAsync(string fault)
    {
        using var answer = await _http.PostAsync(new Uri(Control, fault), content: null);
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex(@"(?<=127\.0\.0\.1:)\d+", RegexOptions.None, 1000)]
    private static partial Regex PortNumbers();
}
