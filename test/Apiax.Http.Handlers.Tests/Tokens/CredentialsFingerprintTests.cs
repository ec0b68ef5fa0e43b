namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class CredentialsFingerprintTests
{
    [Test]
    public void The_same_credentials_have_the_same_fingerprint() =>
        Assert.That(CredentialsFingerprint.Of(string.Concat("us", "er"), "pass"), Is.EqualTo(CredentialsFingerprint.Of("user", string.Concat("pa", "ss"))));

    [TestCase("user", "other")]
    [TestCase("other", "pass")]
    [TestCase("user", "Pass")]
    [TestCase("userp", "ass")]
    [TestCase("use", "rpass")]
    [TestCase("user", "pass ")]
    public void Other_credentials_have_another(string username, string password) =>
        Assert.That(CredentialsFingerprint.Of(username, password), Is.Not.EqualTo(CredentialsFingerprint.Of("user", "pass")));

    [Test]
    public void A_fingerprint_prints_nothing() =>
        Assert.That(CredentialsFingerprint.Of("user", "pass").ToString(), Is.EqualTo("CredentialsFingerprint { }"));

    /// <summary>Servers find a user whatever the case of the name.</summary>
    [Test]
    public void The_case_of_the_user_name_does_not_count_and_that_of_the_password_does()
    {
        Assert.That(CredentialsFingerprint.Of("Anna", "secret"), Is.EqualTo(CredentialsFingerprint.Of("ANNA", "secret")));
        Assert.That(CredentialsFingerprint.Of("anna", "Secret"), Is.Not.EqualTo(CredentialsFingerprint.Of("anna", "secret")));
    }
}
