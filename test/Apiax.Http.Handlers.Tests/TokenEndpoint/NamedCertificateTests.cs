#pragma warning disable MA0039 // There are no connections: the checks are only called.
using System.Net.Security;
using System.Security.Authentication;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The check itself; <see cref="UntrustedCertificateTests"/> test it with connections.</summary>
[TestFixture]
internal sealed class NamedCertificateTests
{
    private static IEnumerable<TestCaseData<Func<SslPolicyErrors, bool>>> Checks => [new(Sockets) { TestName = "{m}(SocketsHttpHandler)" }, new(Client) { TestName = "{m}(HttpClientHandler)" }];

    [TestCaseSource(nameof(Checks))]
    public void What_the_system_trusts_is_trusted(Func<SslPolicyErrors, bool> check) => Assert.That(check(SslPolicyErrors.None));

    [TestCaseSource(nameof(Checks))]
    public void A_server_without_a_certificate_is_not_trusted_and_the_message_names_that(Func<SslPolicyErrors, bool> check) =>
        Assert.That(() => check(SslPolicyErrors.RemoteCertificateNotAvailable), Throws.TypeOf<AuthenticationException>().With.Message.EqualTo("the certificate (none) is not trusted: RemoteCertificateNotAvailable."));

    [Test]
    public void A_check_of_the_applications_own_stays()
    {
        using var sockets = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => false } };
        using var client = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => false };
        NamedCertificate.AddCheckTo(sockets);
        NamedCertificate.AddCheckTo(client);

        Assert.That(sockets.SslOptions.RemoteCertificateValidationCallback!(this, null, null, SslPolicyErrors.None), Is.False);
        Assert.That(client.ServerCertificateCustomValidationCallback!(null!, null, null, SslPolicyErrors.None), Is.False);
    }

    private static bool Sockets(SslPolicyErrors errors)
    {
        using var handler = new SocketsHttpHandler();
        NamedCertificate.AddCheckTo(handler);
        return handler.SslOptions.RemoteCertificateValidationCallback!(handler, null, null, errors);
    }

    private static bool Client(SslPolicyErrors errors)
    {
        using var handler = new HttpClientHandler();
        NamedCertificate.AddCheckTo(handler);
        return handler.ServerCertificateCustomValidationCallback!(null!, null, null, errors);
    }
}
