using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli.Tests;

/// <summary>Where settings come from, and how missing or wrong ones are reported.</summary>
[TestFixture]
internal sealed class ConfigurationTests
{
    private World _world = null!;

    [SetUp]
    public void Start() => _world = new World { LookUp = (_, _) => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound) };

    [TearDown]
    public void Stop() => _world.Dispose();

    [Test]
    public async Task Nothing_is_set()
    {
        var run = await _world.CheckAsync();

        Assert.That(run.ExitCode, Is.EqualTo(10));
        Assert.That(run.LineOf(Link.Configuration), Does.Contain("there is no user name and no password; looked in appsettings.json (not found), appsettings.Production.json (not found), user secrets \"apiax\" (not found), the environment"));
        Assert.That(run.LineOf(Link.Name), Does.Contain("auth.apiax.io cannot be resolved"), "The way to the server is checked nevertheless.");
    }

    [Test]
    public async Task Only_the_password_is_missing()
    {
        _world.Set("Username", "user");
        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.Contain("there is no password; looked in"));
    }

    [Test]
    public async Task Each_setting_comes_from_the_last_source_and_is_shown_with_it()
    {
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user", "Password": "file-password", "Scope": "rules" } }""");
        _world.WriteSecrets("apiax", """{ "Apiax:Password": "secret-password", "Apiax:TokenEndpoint": "https://secrets.test/token" }""");
        _world.Set("TokenEndpoint", "https://environment.test/token");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("  TokenEndpoint from the environment; Username, Scope from appsettings.json; Password from user secrets \"apiax\""));
        Assert.That(run.LineOf(Link.Name), Does.Contain("environment.test"));
    }

    [Test]
    public async Task An_empty_value_overrides_earlier_ones_and_is_shown()
    {
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user", "Password": "password", "Scope": "rules" } }""");
        _world.Set("Password", "");
        _world.Set("Scope", "");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.Contain("there is no password; looked in"));
        _world.Ask = (_, _, _) => Task.FromResult("password");
        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.EndWith("  Username from appsettings.json; Password from the keyboard; Scope (empty) from the environment; TokenEndpoint is the default"));
    }

    [Test]
    public async Task An_empty_token_endpoint_is_shown_as_such()
    {
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user", "Password": "password", "TokenEndpoint": "https://test.example/token" } }""");
        _world.Set("TokenEndpoint", "");
        var run = await _world.CheckAsync();

        Assert.That(run.Output, Does.Contain("TokenEndpoint (empty) from the environment").And.Not.Contain("test.example"));
    }

    [Test]
    public async Task Another_file_and_other_user_secrets_can_be_named()
    {
        _world.Write("appsettings.json", "not read");
        _world.Write("other.json", """{ "Apiax": { "Username": "user" } }""");
        _world.WriteSecrets("my-service", """{ "Apiax": { "Password": "password" } }""");
        var run = await _world.CheckAsync("--configuration", "other.json", "--user-secrets", "my-service");

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("  Username from other.json; Password from user secrets \"my-service\"; TokenEndpoint is the default"));
    }

    [TestCase("missing.json", null, "missing.json does not exist")]
    [TestCase("broken.json", "{ \"Apiax\": {\n \"Password\": \"hidden\n", "broken.json is not valid JSON: line 2, column 21")]
    [TestCase("text.json", "hidden", "text.json is not valid JSON: line 1, column 1")]
    [TestCase("list.json", "[ \"hidden\" ]", "list.json is JSON, but not a single object, or it contains a setting twice")]
    [TestCase("twice.json", "{ \"Apiax:Password\": \"hidden\", \"Apiax\": { \"Password\": \"hidden\" } }", "twice.json is JSON, but not a single object, or it contains a setting twice")]
    [TestCase("https://example.test/file.json?hidden", null, "https://example.test/file.json does not exist")]
    [TestCase(".", null, ". is a folder, not a file")]
    public async Task A_file_that_cannot_be_read(string file, string? text, string words)
    {
        if (text is not null)
            _world.Write(file, text);

        var run = await _world.CheckAsync("--configuration", file);

        Assert.That(run.ExitCode, Is.EqualTo(10), run.Error);
        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("  " + words));
        Assert.That(run.Output + run.Error, Does.Not.Contain("hidden"));
        Assert.That(run.LineOf(Link.Name), Does.EndWith("not checked: Configuration is broken"));
    }

    [TestCase("RefreshAhead", "hidden", "Apiax:RefreshAhead cannot be read as a duration such as 00:00:30.")]
    [TestCase("SendClientAssertionType", "hidden", "Apiax:SendClientAssertionType cannot be read as true or false.")]
    [TestCase("Scope:0", "hidden", "Apiax:Scope must be a single value; Apiax:Scope:0 is not read.")]
    [TestCase("ApiHosts", "hidden", "ApiHosts must be a list: set Apiax:ApiHosts:0 instead of Apiax:ApiHosts (as an environment variable: Apiax__ApiHosts__0).")]
    [TestCase("AttemptTimeout", "01:00:00", "AttemptTimeout (01:00:00) must be between")]
    [TestCase("TokenEndpoint", "http://login.example/hidden", "TokenEndpoint must use https; http is allowed for loopback hosts only.")]
    [TestCase("TokenEndpoint", "https://user:hidden@login.example/", "TokenEndpoint must not have user info or a fragment.")]
    [TestCase("TokenEndpoint", "hidden", "TokenEndpoint must be an absolute URL.")]
    [TestCase("ApiHosts:0", "https://hidden", "ApiHosts[0] must be host, host:port")]
    public async Task A_wrong_setting_is_named_and_its_value_not_quoted(string name, string value, string words)
    {
        _world.Use(new Uri("https://login.example/token"));
        _world.Set(name, value);
        var run = await _world.CheckAsync();

        Assert.That(run.ExitCode, Is.EqualTo(10), run.Error);
        Assert.That(run.LineOf(Link.Configuration), Does.StartWith("BROKEN ").And.Contain(words));
        Assert.That(run.Output + run.Error, Does.Not.Contain("hidden"));
    }

    [Test]
    public async Task A_name_that_is_not_a_setting_is_reported()
    {
        _world.Set("Username", "user");
        _world.Set("Pasword", "hidden");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("Unknown settings: Pasword (did you mean Password?)"));
        Assert.That(run.Output, Does.Not.Contain("hidden"));
    }

    [Test]
    public async Task A_name_that_is_similar_to_no_setting_is_reported_without_a_suggestion()
    {
        _world.Set("Username", "user");
        _world.Set("Comment", "hidden");

        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.EndWith("Unknown settings: Comment"));
    }

    [TestCase("Apix")]
    [TestCase("Apaix")]
    [TestCase("Apiaxx")]
    public async Task A_misspelled_section_is_reported(string section)
    {
        _world.Write("appsettings.json", $$"""{ "Logging": { "LogLevel": {} }, "{{section}}": { "Username": "user", "Password": "hidden" } }""");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith($"The section {section} is not read; did you mean Apiax?"));
        Assert.That(run.Output, Does.Not.Contain("hidden"));
    }

    [Test]
    public async Task A_similar_section_is_not_reported_when_the_section_Apiax_exists()
    {
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user" }, "Apiaxx": { "Username": "user" }, "Apis": { "Rules": "x" } }""");
        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.Not.Contain("did you mean"));
    }

    [Test]
    public async Task In_the_folder_of_a_project_its_settings_are_read_as_dotnet_run_does()
    {
        _world.WriteLaunchProfile();
        _world.Write("Rules.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><UserSecretsId>rules-secrets</UserSecretsId></PropertyGroup></Project>""");
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "weak", "Scope": "rules" } }""");
        _world.Write("appsettings.Development.json", """{ "Apiax": { "Username": "user" } }""");
        _world.WriteSecrets("rules-secrets", """{ "Apiax:Password": "hidden" }""");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("  Username from appsettings.Development.json; Password from user secrets \"rules-secrets\"; Scope from appsettings.json; TokenEndpoint is the default"));
    }

    [Test]
    public async Task The_environment_selects_the_file_that_is_read_with_appsettings()
    {
        _world.WriteLaunchProfile();
        _world.Write("Rules.csproj", "no project");
        _world.Write("appsettings.Development.json", """{ "Apiax": { "Username": "user" } }""");
        _world.Write("appsettings.Staging.json", """{ "Apiax": { "Username": "staging" } }""");
        _world.Environment["DOTNET_ENVIRONMENT"] = "Staging";

        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.Contain("appsettings.Staging.json").And.Not.Contain("Development"));
    }

    [Test]
    public async Task Outside_of_a_project_the_settings_are_those_of_Production_as_a_service_reads_them()
    {
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user", "Password": "hidden", "TokenEndpoint": "https://test.example/token" } }""");
        _world.Write("appsettings.Production.json", """{ "Apiax": { "TokenEndpoint": "https://production.example/token" } }""");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("  TokenEndpoint from appsettings.Production.json; Username, Password from appsettings.json"));
        Assert.That(run.LineOf(Link.Name), Does.Contain("production.example"));
    }

    [Test]
    public async Task Without_a_launch_profile_the_settings_of_a_project_are_those_of_Production_as_dotnet_run_reads_them()
    {
        _world.Write("Rules.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><UserSecretsId>rules-secrets</UserSecretsId></PropertyGroup></Project>""");
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user" } }""");
        _world.WriteSecrets("rules-secrets", """{ "Apiax:Password": "hidden" }""");

        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.EndWith("there is no password; looked in appsettings.json, appsettings.Production.json (not found), the environment"));
    }

    [TestCase("Staging", "Password from appsettings.json")]
    [TestCase("development", "Password from user secrets \"rules-secrets\"")]
    public async Task The_user_secrets_of_a_project_are_read_in_Development_only(string environment, string words)
    {
        _world.Write("Rules.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><UserSecretsId>rules-secrets</UserSecretsId></PropertyGroup></Project>""");
        _world.Write("appsettings.json", """{ "Apiax": { "Username": "user", "Password": "password" } }""");
        _world.WriteSecrets("rules-secrets", """{ "Apiax:Password": "hidden" }""");
        _world.Environment["DOTNET_ENVIRONMENT"] = environment;

        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.Contain(words));
    }

    [Test]
    public async Task User_secrets_that_are_named_are_read_in_any_environment()
    {
        _world.WriteSecrets("my-service", """{ "Apiax": { "Password": "hidden" } }""");
        _world.Environment["DOTNET_ENVIRONMENT"] = "Staging";

        Assert.That((await _world.CheckAsync("--user-secrets", "my-service")).LineOf(Link.Configuration), Does.Contain("user secrets \"my-service\""));
    }

    [Test]
    public async Task A_folder_that_cannot_be_listed_has_no_project_and_a_user_without_a_home_no_user_secrets()
    {
        _world.Use(new Uri("https://login.example/token"));
        _world.SecretsFile = _ => throw new InvalidOperationException("there is no home");
        Directory.Delete(_world.CurrentFolder);
        var run = await _world.CheckAsync();

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((11, "")));
        Assert.That(run.LineOf(Link.Configuration), Does.StartWith("ok "));
    }

    [TestCase("password\n")]
    [TestCase("password\r")]
    public async Task A_line_break_at_the_end_of_the_password_is_reported(string password)
    {
        _world.Use(new Uri("https://login.example/token"), password);

        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.StartWith("ok ").And.EndWith(". The user name or the password ends with a line break; it is sent unchanged"));
    }

    [Test]
    public async Task Without_settings_in_a_project_the_sources_are_listed()
    {
        _world.WriteLaunchProfile();
        _world.Write("Rules.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        Assert.That((await _world.CheckAsync()).LineOf(Link.Configuration), Does.Contain("looked in appsettings.json (not found), appsettings.Development.json (not found), user secrets \"apiax\" (not found), the environment"));
    }

    [Test]
    public async Task Wrong_JSON_is_to_be_corrected_at_its_place()
    {
        _world.Write("appsettings.json", "{\n  \"Apiax\": {\n    \"Username\": \"user\"\n    \"Password\": \"hidden\"\n  }\n}");
        var run = await _world.CheckAsync();

        Assert.That(run.LineOf(Link.Configuration), Does.EndWith("appsettings.json is not valid JSON: line 4, column 5"));
        Assert.That(run.Output, Does.Contain("Correct appsettings.json there").And.Not.Contain("hidden"));
    }

    [Test]
    public async Task The_tool_asks_only_for_missing_settings()
    {
        await using var apiax = await ApiaxSandbox.StartAsync();
        var asked = new List<(string, bool)>();
        _world.Use(apiax);
        _world.Set("Password", null);
        _world.Ask = (question, isSecret, _) =>
        {
            asked.Add((question, isSecret));
            return Task.FromResult(apiax.Password);
        };
        var run = await _world.CheckAsync();

        Assert.That(asked, Is.EqualTo(new[] { ("Password (it is not shown):", true) }));
        Assert.That((run.ExitCode, apiax.Logins), Is.EqualTo((0, 1)), run.Output);
        Assert.That(run.LineOf(Link.Configuration), Does.Contain("Password from the keyboard"));
    }

    [TestCase("""{ "Apiax": { "Usernam": "user", "Password": "hidden" } }""", "did you mean Username?")]
    [TestCase("""{ "Apix": { "Username": "user", "Password": "hidden" } }""", "did you mean Apiax?")]
    public async Task There_is_no_prompt_for_a_setting_with_a_misspelled_name(string settings, string words)
    {
        _world.Write("appsettings.json", settings);
        _world.Ask = (_, _, _) => throw new AssertionException("asked");
        var run = await _world.CheckAsync();

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((10, "")));
        Assert.That(run.LineOf(Link.Configuration), Does.Contain(words));
    }

    [Test]
    public async Task A_script_is_never_asked_for_input()
    {
        _world.Ask = (_, _, _) => throw new AssertionException("asked");
        Assert.That((await _world.CheckAsync("--json")).ExitCode, Is.EqualTo(10));
    }
}
