using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Settings;

namespace Apiax.Http.Handlers.Testing;

/// <summary>An Apiax in the process of a test: a token endpoint with accounts and sessions, and an API that wants its tokens.</summary>
/// <remarks>
/// <para>It listens on the loopback interface, on a free port unless told which, and answers the token endpoint, and the revocation endpoint beside it, as Keycloak does.</para>
/// <para>
/// Every other path is the API: 401 without a live access token of this sandbox; with one, the stubs of <see cref="Server"/> answer, and
/// a path without a stub is WireMock's 404.
/// </para>
/// </remarks>
public sealed partial class ApiaxSandbox : IAsyncDisposable
{
    private readonly Realm _realm;
    private readonly TokenEndpoint _tokenEndpoint;
    private readonly BearerCheck _api;

    private ApiaxSandbox(ApiaxSandboxOptions options)
    {
        _realm = new Realm(options);
        _realm.AddUser(Username, Password);
        _tokenEndpoint = new TokenEndpoint(_realm, options);
        _api = new BearerCheck(_realm);
        var pipeline = new SandboxPipeline(_tokenEndpoint, new RevocationEndpoint(_realm), _api, options.TimeProvider);

        Server = WireMockServer.Start(new WireMockServerSettings
        {
            Urls = [string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{options.Port}")],
            // Ahead of WireMock: no stub of a test can reach around the check, and no password gets into WireMock's log.
            PreWireMockMiddlewareInit = app => ((IApplicationBuilder)app).Use(pipeline.InvokeAsync),
        });
        BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Server.Port}/"));
        TokenEndpoint = new Uri(BaseAddress, SandboxPipeline.TokenPath);
    }

    /// <summary>Where the API is.</summary>
    /// <value><c>http</c>, loopback, with a slash at the end.</value>
    public Uri BaseAddress { get; }

    /// <summary>Where tokens come from: Apiax's path on <see cref="BaseAddress"/>.</summary>
    public Uri TokenEndpoint { get; }

    /// <summary>The WireMock server behind the check of the token: stub the API's paths with it.</summary>
    public WireMockServer Server { get; }

    /// <summary>The user that every sandbox has.</summary>
    public string Username { get; } = "sandbox-user";

    /// <summary>The password of <see cref="Username"/> when the sandbox started.</summary>
    /// <value>Another one in every sandbox, with characters that a form has to escape.</value>
    /// <remarks>It stays as it is after <see cref="ChangePassword(string)"/>: whoever was configured with it now has a wrong one.</remarks>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Password { get; } = $"pass+wörd & {Guid.NewGuid():N}=%";

    /// <summary>Starts an Apiax.</summary>
    /// <param name="options">Clock, lifetimes and habits of the server; without them the ones that Apiax documents.</param>
    public static Task<ApiaxSandbox> StartAsync(ApiaxSandboxOptions? options = null)
    {
        var copy = options?.Copy() ?? new ApiaxSandboxOptions();
        // WireMock blocks its caller until it listens.
        return Task.Run(() => new ApiaxSandbox(copy));
    }

    /// <summary>Points an account at this sandbox: <c>services.AddHttpClient("rules").AddApiaxAuth(apiax.Configure)</c>.</summary>
    /// <param name="options">Gets the token endpoint, the user name, the password, and the API's host.</param>
    public void Configure(ApiaxAuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.TokenEndpoint = TokenEndpoint;
        options.Username = Username;
        options.Password = Password;
        options.ApiHosts.Add(BaseAddress.Authority);
    }

    /// <summary>Answers a path of the API, whatever the method, with 200 and JSON. <see cref="Server"/> is there for more.</summary>
    /// <param name="path">The path, with its leading slash.</param>
    /// <param name="json">The body.</param>
    public void StubApi(string path, string json = "{}") =>
        Server.Given(Request.Create().WithPath(path))
            .RespondWith(Response.Create().WithHeader("Content-Type", "application/json").WithBody(json));

    /// <summary>Stops the server; token requests that are held or delayed lose their connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(Server.Stop).ConfigureAwait(false);
        Server.Dispose();
    }
}
