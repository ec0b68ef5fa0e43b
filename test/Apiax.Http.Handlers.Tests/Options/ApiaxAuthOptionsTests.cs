using System.Reflection;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiaxAuthOptionsTests
{
    private static IEnumerable<string> SettingNames => Settings.Select(setting => setting.Name);

    private static PropertyInfo[] Settings => typeof(ApiaxAuthOptions).GetProperties();

    [Test]
    public void The_defaults_are_those_that_Apiax_documents()
    {
        var options = new ApiaxAuthOptions();

        Assert.Multiple(() =>
        {
            Assert.That(options.TokenEndpoint.AbsoluteUri, Is.EqualTo("https://auth.apiax.io/auth/realms/apiax/protocol/openid-connect/token"));
            Assert.That(options.ClientId, Is.EqualTo("integration-api"));
            Assert.That((options.Username, options.Password, options.Scope), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
            Assert.That(options.RevocationEndpoint, Is.Null);
            Assert.That(options.ApiHosts, Is.Empty);
            Assert.That(options.RefreshAhead, Is.EqualTo(TimeSpan.FromMinutes(5)));
            Assert.That(options.RefreshTokenLifetime, Is.EqualTo(TimeSpan.FromDays(14)));
            Assert.That(options.DefaultTokenLifetime, Is.EqualTo(TimeSpan.FromSeconds(1800)));
            Assert.That(options.AttemptTimeout, Is.EqualTo(TimeSpan.FromSeconds(10)));
            Assert.That(options.TokenTimeout, Is.EqualTo(TimeSpan.FromSeconds(30)));
            Assert.That((options.SendClientAssertionType, options.RetryOnUnauthorized), Is.EqualTo((true, true)));
        });
    }

    [Test]
    public void The_configuration_section_is_Apiax() => Assert.That(ApiaxAuthOptions.SectionName, Is.EqualTo("Apiax"));

    [TestCaseSource(nameof(SettingNames))]
    public void A_copy_has_every_setting(string name)
    {
        var setting = typeof(ApiaxAuthOptions).GetProperty(name)!;
        var options = new ApiaxAuthOptions();
        var initial = Printed(setting, options);
        Change(setting, options);

        Assert.That(Printed(setting, options.Copy()), Is.EqualTo(Printed(setting, options)).And.Not.EqualTo(initial));
    }

    [Test]
    public void A_copy_does_not_change_with_the_original()
    {
        var options = new ApiaxAuthOptions { ApiHosts = { "one.example" } };
        var copy = options.Copy();

        options.ApiHosts.Add("two.example");

        Assert.That(copy.ApiHosts, Is.EqualTo((string[])["one.example"]));
    }

    private static void Change(PropertyInfo setting, ApiaxAuthOptions options)
    {
        switch (setting.GetValue(options))
        {
            case IList<string> list: list.Add("changed.example"); break;
            case TimeSpan span: setting.SetValue(options, span + TimeSpan.FromSeconds(1)); break;
            case int count: setting.SetValue(options, count + 1); break;
            case bool on: setting.SetValue(options, !on); break;
            case Uri or null when setting.PropertyType == typeof(Uri): setting.SetValue(options, new Uri("https://changed.example/token")); break;
            default: setting.SetValue(options, "changed"); break;
        }
    }

    private static string Printed(PropertyInfo setting, ApiaxAuthOptions options) =>
        setting.GetValue(options) is IList<string> list ? string.Join(' ', list) : $"{setting.GetValue(options)}";
}
