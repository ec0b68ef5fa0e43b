using System.Reflection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Which settings result from a configuration section, and which problems are reported.</summary>
[TestFixture]
internal sealed class SettingsSectionTests
{
    private static readonly Dictionary<Type, string> Texts = new()
    {
        [typeof(string)] = "a text",
        [typeof(Uri)] = "https://auth.example/token",
        [typeof(TimeSpan)] = "00:00:07",
        [typeof(bool)] = "changed",
        [typeof(int)] = "7",
    };

    private static IEnumerable<PropertyInfo> Settings => typeof(ApiaxAuthOptions).GetProperties().Where(setting => setting.CanWrite && setting.SetMethod!.IsPublic);

    [Test]
    public void A_configuration_that_has_no_path_is_read_and_none_is_noted()
    {
        var options = new ApiaxAuthOptions();

        SettingsSection.Bind(App.Configuration(("Username", "anna")), options);

        Assert.That((options.Username, options.Notes.Sections.Count), Is.EqualTo(("anna", 0)));
    }

    [TestCaseSource(nameof(Settings))]
    public void Every_setting_can_be_read(PropertyInfo setting)
    {
        var initial = setting.GetValue(new ApiaxAuthOptions());
        var text = initial is bool on ? $"{!on}" : Texts[setting.PropertyType];

        var (options, failures) = Read(($"Apiax:{setting.Name.ToUpperInvariant()}", text));

        Assert.That(failures, Is.Empty);
        Assert.That($"{setting.GetValue(options)}", Is.EqualTo(text));
    }

    private static IEnumerable<PropertyInfo> NoTexts => Settings.Where(setting => setting.PropertyType != typeof(string));

    [TestCaseSource(nameof(NoTexts))]
    public void An_unreadable_value_is_named_and_not_quoted(PropertyInfo setting)
    {
        var (_, failures) = Read(($"Apiax:{setting.Name}", setting.PropertyType == typeof(Uri) ? "https://anna:hunter2@login.bank.example:99999/token" : "hunter2"));

        Assert.That(failures.Single(), Does.StartWith($"Apiax:{setting.Name} cannot be read as ").And.Not.Contain("hunter2"));
    }

    /// <summary>The default of the token endpoint is production.</summary>
    [TestCaseSource(nameof(NoTexts))]
    public void An_empty_value_is_refused_if_the_setting_has_a_default_and_none_otherwise(PropertyInfo setting)
    {
        var hasDefault = setting.GetValue(new ApiaxAuthOptions()) is not null;

        var (options, _) = Read(($"Apiax:{setting.Name}", ""));

        var failures = new ApiaxAuthOptionsValidator(_ => true).Validate(name: null, options).Failures ?? [];
        Assert.That(failures.Count(failure => failure.Contains(setting.Name, StringComparison.Ordinal)), Is.EqualTo(hasDefault ? 1 : 0));
    }

    [Test]
    public void All_that_cannot_be_read_is_named_at_once() =>
        Assert.That(Read(("Apiax:TokenTimeout", "soon"), ("Apiax:MaxReplayBodySize", "much"), ("Apiax:ApiHosts", "a")).Failures, Has.Count.EqualTo(3));

    [TestCase("rules.bank.example")]
    [TestCase("a,b")]
    [TestCase("*.apiax.io;*.example.com")]
    [TestCase(" ")]
    public void A_single_value_instead_of_the_list_is_refused_with_the_remedy(string value) => Assert.That(
        Read(("Apiax:ApiHosts", value)).Failures,
        Is.EqualTo((string[])["ApiHosts must be a list: set Apiax:ApiHosts:0 instead of Apiax:ApiHosts (as an environment variable: Apiax__ApiHosts__0)."]));

    [Test]
    public void A_single_value_beside_a_list_is_refused_too() =>
        Assert.That(Read(("Apiax:ApiHosts", "a.example"), ("Apiax:ApiHosts:0", "b.example")).Failures, Has.Count.EqualTo(1));

    [Test]
    public void An_empty_list_is_none()
    {
        var (options, failures) = Read(("Apiax:ApiHosts", ""));

        Assert.That((options.ApiHosts.Count, failures.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void The_hosts_are_those_of_the_list_in_its_order() =>
        Assert.That(Read(("Apiax:ApiHosts:1", "b.example"), ("Apiax:ApiHosts:0", "a.example"), ("Apiax:ApiHosts:10", "c.example")).Options.ApiHosts, Is.EqualTo((string[])["a.example", "b.example", "c.example"]));

    [Test]
    public void A_section_instead_of_a_value_is_named_and_not_quoted() =>
        Assert.That(Read(("Apiax:Password:Value", "hunter2")).Failures, Is.EqualTo((string[])["Apiax:Password must be a single value; Apiax:Password:Value is not read."]));

    [TestCase("Usernam", "Username")]
    [TestCase("UserNames", "Username")]
    [TestCase("Pasword", "Password")]
    [TestCase("Client_Id", "ClientId")]
    [TestCase("ApiHost", "ApiHosts")]
    [TestCase("TokenEndpont", "TokenEndpoint")]
    [TestCase("scopes", "Scope")]
    [TestCase("Scoep", "Scope")]
    public void A_name_that_is_similar_to_a_setting_is_reported(string member, string setting) =>
        Assert.That(Read(($"Apiax:{member}", "x")).Options.Notes.Misspelled, Is.EqualTo(new Dictionary<string, string>(StringComparer.Ordinal) { [$"Apiax:{member}"] = setting }));

    [TestCase("BaseAddress")]
    [TestCase("Rules")]
    [TestCase("Timeout")]
    [TestCase("Enabled")]
    public void Other_members_of_the_section_are_not_reported(string member) =>
        Assert.That(Read(($"Apiax:{member}", "x")).Options.Notes.Misspelled, Is.Empty);

    [Test]
    public void A_similar_name_is_not_reported_if_the_setting_itself_is_set() =>
        Assert.That(Read(("Apiax:Username", "anna"), ("Apiax:Usernames", "x")).Options.Notes.Misspelled, Is.Empty);

    private static (ApiaxAuthOptions Options, List<string> Failures) Read(params (string Key, string? Value)[] settings)
    {
        var options = new ApiaxAuthOptions();
        SettingsSection.Bind(App.Configuration(settings).GetSection("Apiax"), options);
        return (options, options.Notes.Failures);
    }
}
