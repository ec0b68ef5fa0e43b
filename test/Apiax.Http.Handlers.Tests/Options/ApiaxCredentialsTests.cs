using System.Diagnostics;
using System.Reflection;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiaxCredentialsTests
{
    [Test]
    public void Credentials_are_a_user_name_and_a_password()
    {
        var credentials = new ApiaxCredentials("user", "pass");

        Assert.That((credentials.Username, credentials.Password), Is.EqualTo(("user", "pass")));
    }

    [TestCase(null, "pass", "username")]
    [TestCase("", "pass", "username")]
    [TestCase("user", null, "password")]
    [TestCase("user", "", "password")]
    public void Neither_may_be_empty(string? username, string? password, string missing) =>
        Assert.That(() => new ApiaxCredentials(username!, password!), Throws.InstanceOf<ArgumentException>().With.Property(nameof(ArgumentException.ParamName)).EqualTo(missing));

    [Test]
    public void They_print_neither() => Assert.That(new ApiaxCredentials("user", "pass").ToString(), Is.EqualTo("ApiaxCredentials { [redacted] }"));

    [TestCase(typeof(ApiaxCredentials))]
    [TestCase(typeof(ApiaxAuthOptions))]
    public void A_debugger_does_not_show_the_password(Type type) =>
        Assert.That(type.GetProperty("Password")!.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State, Is.EqualTo(DebuggerBrowsableState.Never));
}
