using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The handler for the token endpoint, restricted as in the library; it also records how the connection was encrypted.</summary>
internal sealed class Transport : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly TaskCompletionSource _encrypted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Transport(IWebProxy? proxy)
    {
        _handler = new SocketsHttpHandler { Proxy = proxy, UseProxy = proxy is not null };
        _handler.SslOptions.RemoteCertificateValidationCallback = Evaluate;
        _handler.PlaintextStreamFilter = (context, _) =>
        {
            // Not the connection to the proxy, which comes first.
            if (context.InitialRequestMessage.Method != HttpMethod.Connect && context.PlaintextStream is SslStream encrypted)
            {
                Protocol = encrypted.SslProtocol;
                _encrypted.TrySetResult();
            }

            return ValueTask.FromResult(context.PlaintextStream);
        };
        TokenPrimaryHandler.Restrict(_handler);
    }

    public HttpMessageHandler Handler => _handler;

    /// <summary>The TLS version; null before the first TLS connection.</summary>
    public SslProtocols? Protocol { get; private set; }

    /// <summary>Completes with the first TLS connection.</summary>
    public Task Encrypted => _encrypted.Task;

    public ServerCertificate? Certificate { get; private set; }

    public void Dispose() => _handler.Dispose();

    // Records the certificate, and does not change .NET's decision.
    private bool Evaluate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Certificate = certificate is X509Certificate2 known ? ServerCertificate.Read(known, chain, errors) : null;
        return errors is SslPolicyErrors.None;
    }
}
