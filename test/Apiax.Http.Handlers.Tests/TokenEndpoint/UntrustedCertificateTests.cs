using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A token endpoint whose certificate is not trusted: the error names the certificate and the reason.</summary>
[TestFixture]
internal sealed class UntrustedCertificateTests
{
    private X509Certificate2 _certificate = null!;
    private TcpListener _listener = null!;
    private CancellationTokenSource _stopped = null!;
    private Task _serving = null!;

    private Uri Endpoint => new($"https://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/token");

    [SetUp]
    public void Start()
    {
        _certificate = SelfSigned("CN=localhost, O=Inspecting proxy\u202E");
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _stopped = new CancellationTokenSource();
        _serving = ServeAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _stopped.CancelAsync();
        await _serving.Soon();
        _listener.Dispose();
        _stopped.Dispose();
        _certificate.Dispose();
    }

    [Test]
    public async Task It_is_named_in_the_exception_and_in_the_log_with_the_reason([Values] bool hasContainer)
    {
        using var logs = new LogBook();

        // A stopped clock: a handshake may take long on a busy machine.
        var time = new FakeTimeProvider();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(logs))
            .AddSingleton<TimeProvider>(time)
            .AddApiaxAuth(Configure)
            .BuildServiceProvider();
        var options = new ApiaxAuthOptions();
        Configure(options);
        await using var provider = ApiaxAccessTokens.Create(options, timeProvider: time, loggerFactory: logs);

        var failure = await Waiting.FailureOf(hasContainer ? services.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync() : provider.GetTokenAsync());

        string[] expected = [Endpoint.Authority, "CN=localhost, O=Inspecting proxy, issued by CN=localhost", $"thumbprint {_certificate.Thumbprint}", "UntrustedRoot"];
        Assert.Multiple(() =>
        {
            foreach (var text in expected)
                Assert.That(failure.Message, Does.Contain(text));
        });
        await logs.WaitForAsync("NoToken");
        Assert.That(logs.Of("NoToken").Single().Message, Does.Contain(expected[1]).And.Contain(expected[2]).And.Contain(expected[3]).And.Not.Matches("\u202E"));
    }

    private void Configure(ApiaxAuthOptions options)
    {
        options.TokenEndpoint = Endpoint;
        options.Username = "anna";
        options.Password = "right";

        // Too short for another attempt.
        options.AttemptTimeout = options.TokenTimeout = TimeSpan.FromSeconds(2);
    }

    private async Task ServeAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopped.Token);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stopped.Token);
                _ = await tls.ReadAsync(new byte[1], _stopped.Token);
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
            {
                // The client has closed the connection, as expected.
            }
        }
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        // On Windows, TLS works only with a key that was imported from PFX.
#if NET9_0_OR_GREATER
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
#else
        return new X509Certificate2(certificate.Export(X509ContentType.Pfx));
#endif
    }
}
