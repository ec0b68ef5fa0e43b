using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>An Apiax server in the process of a test: a token endpoint with users and sessions, and an API that requires its tokens.</summary>
/// <remarks>
/// <para>It listens on loopback, on a free port unless <see cref="ApiaxSandboxOptions.Port"/> is set. The token endpoint, <c>logout</c> and <c>revoke</c>
/// answer as measured with Keycloak.</para>
/// <para>
/// Every path with neither <c>/realms/</c> nor <c>/protocol/openid-connect/</c> is the API: 401 without a valid access token of this sandbox; with one, the answer
/// of <see cref="StubApi(string, string)"/>, or 404 if there is no stub.
/// </para>
/// </remarks>
public sealed partial class ApiaxSandbox : IAsyncDisposable
{
    private readonly Realm _realm;
    private readonly RealmFront _front = new();
    private readonly TokenEndpoint _tokenEndpoint;
    private readonly BearerCheck _api;
    private readonly ApiStubs _stubs = new();
    private readonly SandboxPipeline _pipeline;
    private SandboxServer? _server;

    private ApiaxSandbox(ApiaxSandboxOptions options)
    {
        _realm = new Realm(options);
        _realm.AddUser(Username, Password);
        _tokenEndpoint = new TokenEndpoint(_realm, options);
        _api = new BearerCheck(_realm);
        _pipeline = new SandboxPipeline(_tokenEndpoint, new SessionEndpoints(_realm), _front, _api, _stubs.InvokeAsync, options.TimeProvider);
    }

    /// <summary>The base address of the API.</summary>
    /// <value><c>http</c>, loopback, with a slash at the end.</value>
    public Uri BaseAddress => _server!.Address;

    /// <summary>The URL of the token endpoint: Apiax's path on <see cref="BaseAddress"/>.</summary>
    public Uri TokenEndpoint => new(BaseAddress, SandboxPipeline.TokenPath);

    /// <summary>The first user.</summary>
    /// <value>Different in every sandbox: the library records rejected and unanswered passwords for each endpoint and user, also after a sandbox has stopped.</value>
    public string Username { get; } = $"sandbox-user-{Guid.NewGuid():N}"[..25];

    /// <summary>The password of <see cref="Username"/> when the sandbox started.</summary>
    /// <value>Different in every sandbox, with characters that a form must escape.</value>
    /// <remarks><see cref="ChangePassword(string)"/> does not change it: clients that were configured with it then have a wrong password.</remarks>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Password { get; } = $"pass+wörd & {Guid.NewGuid():N}=%";

    /// <summary>Starts a sandbox.</summary>
    /// <param name="options">Clock, lifetimes and behaviour of the server; the default is what Apiax documents.</param>
    /// <exception cref="IOException">The port is in use.</exception>
    /// <exception cref="SocketException">The process may not listen on the port.</exception>
    public static async Task<ApiaxSandbox> StartAsync(ApiaxSandboxOptions? options = null)
    {
        var copy = options?.Copy() ?? new ApiaxSandboxOptions();
        var apiax = new ApiaxSandbox(copy);
        apiax._server = await SandboxServer.StartAsync(copy.Port, apiax._pipeline.InvokeAsync).ConfigureAwait(false);
        return apiax;
    }

    /// <summary>Configures an account for this sandbox: <c>services.AddHttpClient("rules").AddApiaxAuth(apiax.Configure)</c>.</summary>
    /// <param name="options">
    /// Receives the token endpoint, the user name, the password and the API's host, which replaces other hosts. A
    /// <see cref="ApiaxAuthOptions.RevocationEndpoint"/> is removed, and <see cref="ApiaxAuthOptions.ClientId"/> is the default: the sign-out of a test does not
    /// leave the process.
    /// </param>
    public void Configure(ApiaxAuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.TokenEndpoint = TokenEndpoint;
        options.RevocationEndpoint = null;
        options.ClientId = ApiaxAuthDefaults.ClientId;
        options.Username = Username;
        options.Password = Password;
        options.ApiHosts.Clear();
        options.ApiHosts.Add(BaseAddress.Authority);
    }

    /// <summary>Answers a path of the API, with any method and query, with 200 and JSON.</summary>
    /// <param name="path">The path, with its leading slash and not escaped; case does not matter.</param>
    /// <param name="json">The body.</param>
    /// <exception cref="ArgumentException">The path does not start with a slash, has a <c>?</c>, <c>#</c> or <c>%</c>, or is one of the realm.</exception>
    public void StubApi(string path, string json = "{}")
    {
        ArgumentNullException.ThrowIfNull(json);
        StubApi(path, context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(json);
        });
    }

    /// <summary>Answers a path of the API with the test's own code, which may read the request, answer it, or close the connection.</summary>
    /// <param name="path">The path, with its leading slash and not escaped; case does not matter. The last stub of a path replaces earlier ones.</param>
    /// <param name="answer">Called for each call with a valid token, with any method and query. If it throws, the answer is a 500 with the exception's text.</param>
    /// <exception cref="ArgumentException">The path does not start with a slash, has a <c>?</c>, <c>#</c> or <c>%</c>, or is one of the realm.</exception>
    public void StubApi(string path, RequestDelegate answer)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(answer);
        _stubs.Set(path, answer);
    }

    /// <summary>Stops the server; token requests that are held or delayed lose their connection.</summary>
    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}
