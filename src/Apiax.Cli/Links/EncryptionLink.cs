using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Apiax.Cli;

/// <summary>Can this machine open a TLS connection to the token endpoint, through the proxy if there is one?</summary>
internal static partial class EncryptionLink
{
    private const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // The next link waits for the answer; this one only for the connection.
        var answer = context.Answer = Probe.SendAsync(context, cancellationToken);
        if (context.Options.TokenEndpoint.Scheme != Uri.UriSchemeHttps)
            return Finding.Ok($"not encrypted: TokenEndpoint is http, on this machine; {context.Route.Via}");

        await Task.WhenAny(answer, context.Transport.Encrypted);
        var certificate = context.Transport.Certificate;
        if (context.Transport.Protocol is { } protocol && certificate is not null)
            return Finding.Ok($"{NameOf(protocol)}; certificate of {context.Untrusted.Of(string.Join(", issued by ", certificate.Chain))}, valid until {Day(certificate.NotAfter)}; {context.Route.Via}");
        if (certificate is not null && Flaw(certificate, context) is { } flaw)
            return flaw;

        var probe = await answer;
        return probe.Failure is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } refusal ? ProxyRefusal(context, refusal) : Finding.Broken(
            probe.IsLate ? $"no TLS connection within {DurationText.Of(context.Options.AttemptTimeout)}; {context.Route.Via}" : $"the server and this machine could not agree on a TLS connection; {context.Route.Via}",
            "Check that TokenEndpoint has the port for https, and ask your network team whether a firewall closes TLS connections.");
    }

    private static Finding? Flaw(ServerCertificate certificate, CheckContext context)
    {
        var host = context.Options.TokenEndpoint.IdnHost;
        var via = context.Route.Via;
        var now = context.Time.GetUtcNow();
        if (certificate.Flaws.HasFlag(X509ChainStatusFlags.NotTimeValid) && (now > certificate.NotAfter || now < certificate.NotBefore))
        {
            return Finding.Broken(
                $"the server's certificate is valid from {Day(certificate.NotBefore)} to {Day(certificate.NotAfter)}, and this machine's date is {Day(now)}; {via}",
                "If this machine's date is correct, the administrator of the server must renew the certificate.");
        }

        if (certificate.IsForOthers)
        {
            return Finding.Broken(
                $"the server's certificate is for {context.Untrusted.Of(string.Join(", ", certificate.Names))}, not for {host}; {via}",
                "Check the host in TokenEndpoint. If it is correct, something other than the server answers: ask your network team.");
        }

        if ((certificate.Flaws & Untrusted) is not X509ChainStatusFlags.NoError)
        {
            return Finding.Broken(
                $"the server's certificate was issued by {context.Untrusted.Of(certificate.Issuer)}, which this machine does not trust; {via}",
                "If a proxy of your company decrypts connections to inspect them, ask for its root certificate to be installed on this machine. If not, something other than the server answers.");
        }

        return certificate.Flaws is X509ChainStatusFlags.NoError
            ? null
            : Finding.Broken($"the server's certificate is not accepted ({certificate.Flaws}); {via}", "Show this line to the administrator of the server.");
    }

    private static Finding ProxyRefusal(CheckContext context, HttpRequestException refusal)
    {
        // Only the number in the message: the proxy's address in it may have a password.
        var status = StatusCode().Match(refusal.Message).Groups["status"].Value;
        return status is "407"
            ? Finding.Broken($"the proxy {context.Route.Host}:{context.Route.Port} requires a user name and a password (407)", "Set them in HTTPS_PROXY, or ask your network team for a proxy that this machine may use.")
            : Finding.Broken($"the proxy {context.Route.Host}:{context.Route.Port} does not allow a connection to {context.Options.TokenEndpoint.IdnHost}{(status.Length > 0 ? $" ({status})" : "")}", "Ask your network team to allow this host at the proxy.");
    }

    private static string NameOf(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLS 1.3",
        SslProtocols.Tls12 => "TLS 1.2",
        _ => $"encrypted ({protocol})",
    };

    private static string Day(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"'(?<status>\d{3})'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StatusCode();
}
