using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The way to the token endpoint, confined as the library confines its own, which also notes how the connection was encrypted.</summary>
internal sealed class Transport : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly TaskCompletionSource _encrypted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Transport(IWebProxy? proxy)
    {
        _handler = new SocketsHttpHandler { Proxy = proxy, UseProxy = proxy is not null };
        _handler.SslOptions.RemoteCertificateValidationCallback = Judge;
        _handler.PlaintextStreamFilter = (context, _) =>
        {
            // Not what leads through a proxy: that is another connection, in front of this one.
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

    /// <summary>How it is encrypted; nothing while no encrypted connection stood.</summary>
    public SslProtocols? Protocol { get; private set; }

    /// <summary>Completes with the first encrypted connection.</summary>
    public Task Encrypted => _encrypted.Task;

    public ServerCertificate? Certificate { get; private set; }

    public void Dispose() => _handler.Dispose();

    // Takes a look, and changes nothing of what .NET decides.
    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Certificate = certificate is X509Certificate2 known ? ServerCertificate.Read(known, chain, errors) : null;
        return errors is SslPolicyErrors.None;
    }
}
