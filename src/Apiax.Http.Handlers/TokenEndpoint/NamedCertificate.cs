using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Apiax.Http.Handlers;

/// <summary>
/// Trusts what the system trusts, and names the certificate that it does not trust: .NET's own exception does not name it, and it may be that of a proxy
/// that intercepts TLS.
/// </summary>
internal static class NamedCertificate
{
    private const int MaxLength = 200;

    /// <summary>Adds the check to a handler, which calls it for each new connection. A check of the application stays.</summary>
    public static void AddCheckTo(HttpMessageHandler handler)
    {
#pragma warning disable MA0039 // It trusts only what the system trusts.
        switch (TokenPrimaryHandler.InnermostOf(handler))
        {
            case SocketsHttpHandler sockets:
                sockets.SslOptions.RemoteCertificateValidationCallback ??= IsTrusted;
                break;
            case HttpClientHandler client:
                client.ServerCertificateCustomValidationCallback ??= IsTrusted;
                break;
        }
#pragma warning restore MA0039
    }

    private static bool IsTrusted(object source, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors is SslPolicyErrors.None)
            return true;

        IEnumerable<string> reasons = [errors.ToString(), .. chain?.ChainStatus.Select(status => status.Status.ToString()) ?? []];
        var name = certificate is null ? "none" : $"{Safe(certificate.Subject)}, issued by {Safe(certificate.Issuer)}, thumbprint {certificate.GetCertHashString()}";
        throw new AuthenticationException($"the certificate ({name}) is not trusted: {string.Join(", ", reasons.Distinct(StringComparer.Ordinal))}.");
    }

    // The name is untrusted text.
    private static string Safe(string name)
    {
        var visible = VisibleText.Of(name);
        return visible[..Math.Min(visible.Length, MaxLength)];
    }
}
