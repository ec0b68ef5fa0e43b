namespace Apiax.Http.Handlers.Tests;

/// <summary>A server that repeats the form as it was sent.</summary>
[TestFixture]
internal sealed class FormSpellingTests
{
    [TestCase("pa55! w(rd)")]
    [TestCase("pa55 wörd'*&+")]
    public async Task A_password_is_removed_in_the_spelling_of_the_form(string password)
    {
        var request = TokenRequest.Login(new ApiaxAuthOptions(), new ApiaxCredentials("anna", password));
        using var form = request.CreateContent();

        Assert.That(request.Redact(await form.ReadAsStringAsync(), 1000), Does.EndWith("password=[redacted]"));
    }
}
