using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Apiax.Cli;

/// <summary>What a server's certificate says, and what is wrong with it.</summary>
/// <param name="Names">Whom it is for.</param>
/// <param name="Chain">The certificate itself, who issued it, who issued that one's, and so on.</param>
/// <param name="NotBefore">When it begins to be good, in universal time.</param>
/// <param name="NotAfter">When it ends, in universal time.</param>
/// <param name="IsForOthers">Whether it is for other names than the server's.</param>
/// <param name="Flaws">What is wrong with the chain.</param>
internal sealed record ServerCertificate(
    IReadOnlyList<string> Names, IReadOnlyList<string> Chain, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool IsForOthers, X509ChainStatusFlags Flaws)
{
    public string Issuer => Chain.Count > 1 ? Chain[1] : "nobody known";

    public static ServerCertificate Read(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(NamesOf).ToList();
        var issuers = chain?.ChainElements.Select(element => NameOf(element.Certificate)).ToList() ?? [];

        // An issuer that was not sent along is known by name alone.
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
