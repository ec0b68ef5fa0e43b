using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Keys and certificate of one run. They stay the same after a restart, so that tokens stay valid.</summary>
internal sealed class ServerKeys : IDisposable
{
    private readonly ECDsa _signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ServerKeys() => Signing = new ECDsaSecurityKey(_signing) { KeyId = "signing" };

    public SecurityKey Signing { get; }

    /// <summary>For refresh tokens: access tokens are only signed, so that an API of another vendor can read them.</summary>
    public SecurityKey Encryption { get; } = new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32));

    public X509Certificate2 Certificate { get; } = SelfSigned();

    public void Dispose()
    {
        _signing.Dispose();
        Certificate.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);

        // A unique name: a client that trusts two of these certificates must be able to distinguish them.
        var request = new CertificateRequest($"CN=localhost, OU={Guid.NewGuid():N}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));

        // TLS checks these against the machine's clock, not the test's.
        using var certificate = request.CreateSelfSigned(
            new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));

        // On Windows, TLS works only with a key that was imported from PFX.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
