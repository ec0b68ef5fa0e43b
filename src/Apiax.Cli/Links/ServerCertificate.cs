using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Apiax.Cli;

/// <summary>The content of a server's certificate, and what is wrong with it.</summary>
/// <param name="Names">The names that it is valid for.</param>
/// <param name="Chain">The names of the certificate, its issuer, the issuer's issuer, and so on.</param>
/// <param name="NotBefore">The start of its validity, in UTC.</param>
/// <param name="NotAfter">The end of its validity, in UTC.</param>
/// <param name="IsForOthers">Whether the server's name is not among its names.</param>
/// <param name="Flaws">What is wrong with the chain.</param>
internal sealed record ServerCertificate(
    IReadOnlyList<string> Names, IReadOnlyList<string> Chain, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool IsForOthers, X509ChainStatusFlags Flaws)
{
    public string Issuer => Chain.Count > 1 ? Chain[1] : "an unknown issuer";

    public static ServerCertificate Read(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(NamesOf).ToList();
        var issuers = chain?.ChainElements.Select(element => NameOf(element.Certificate)).ToList() ?? [];

        // If the issuer's certificate was not sent, only its name is known.
        if (issuers.Count <= 1)
            issuers = [NameOf(certificate), certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)];

        var flaws = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        return new ServerCertificate(
            names.Count > 0 ? names : [NameOf(certificate)],
            issuers,
            new DateTimeOffset(certificate.NotBefore).ToUniversalTime(),
            new DateTimeOffset(certificate.NotAfter).ToUniversalTime(),
            errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch),
            errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? flaws : X509ChainStatusFlags.NoError);
    }

    private static string NameOf(X509Certificate2 certificate) => certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private static IEnumerable<string> NamesOf(X509SubjectAlternativeNameExtension names) =>
        names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()));
}
