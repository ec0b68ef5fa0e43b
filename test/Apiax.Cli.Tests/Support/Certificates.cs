using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Apiax.Cli.Tests;

/// <summary>Certificates that are trusted only where a test says so.</summary>
internal static class Certificates
{
    /// <param name="host">The host.</param>
    /// <param name="firstYear">Valid from the beginning of this year.</param>
    /// <param name="lastYear">Valid to the beginning of this year.</param>
    /// <param name="issuer">The issuer; self-signed if null.</param>
    public static X509Certificate2 Create(string host = "localhost", int firstYear = 2000, int lastYear = 2099, string? issuer = null)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        if (host == "localhost")
            names.AddIpAddress(IPAddress.Loopback);

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var from = new DateTimeOffset(firstYear, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var to = new DateTimeOffset(lastYear, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var issuerKey = RSA.Create(2048);
        using var signed = issuer is null ? null : request.Create(new X500DistinguishedName($"CN={issuer}"), X509SignatureGenerator.CreateForRSA(issuerKey, RSASignaturePadding.Pkcs1), from, to, [1]);
        using var certificate = signed?.CopyWithPrivateKey(key) ?? request.CreateSelfSigned(from, to);

        // On Windows, TLS works only with a key that was imported from PFX.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
