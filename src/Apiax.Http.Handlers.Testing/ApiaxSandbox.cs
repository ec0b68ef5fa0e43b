using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>An Apiax in the process of a test: a token endpoint with accounts and sessions, and an API that wants its tokens.</summary>
/// <remarks>
/// <para>It listens on the loopback interface, on a free port unless <see cref="ApiaxSandboxOptions.Port"/> is set, and answers the token endpoint, and <c>logout</c> and <c>revoke</c> beside it, exactly as Keycloak does.</para>
/// <para>
/// Every other path is the API: 401 without a live access token of this sandbox; with one, what <see cref="StubApi(string, string)"/> says, and 404 for a path without a stub.
/// </para>
/// </remarks>
public sealed partial class ApiaxSandbox : IAsyncDisposable
{
    internal static readonly TimeSpan DefaultLoginDuration = TimeSpan.FromMilliseconds(50);

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

    /// <summary>Where the API is.</summary>
    /// <value><c>http</c>, loopback, with a slash at the end.</value>
    public Uri BaseAddress => _server!.Address;

    /// <summary>Where tokens come from: Apiax's path on <see cref="BaseAddress"/>.</summary>
    public Uri TokenEndpoint => new(BaseAddress, SandboxPipeline.TokenPath);

    /// <summary>The user that every sandbox has.</summary>
    public string Username { get; } = "sandbox-user";

    /// <summary>The password of <see cref="Username"/> when the sandbox started.</summary>
    /// <value>Another one in every sandbox, with characters that a form has to escape.</value>
    /// <remarks>It does not change with <see cref="ChangePassword(string)"/>: clients that were configured with it have a wrong password then.</remarks>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Password { get; } = $"pass+wörd & {Guid.NewGuid():N}=%";

    /// <summary>Starts an Apiax.</summary>
    /// <param name="options">Clock, lifetimes and behaviour of the server; by default as Apiax documents them.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ApiaxSandbox> StartAsync(ApiaxSandboxOptions? options = null)
    {
        var copy = options?.Copy() ?? new ApiaxSandboxOptions();
        var apiax = new ApiaxSandbox(copy);
        apiax._server = await SandboxServer.StartAsync(copy.Port, apiax._pipeline.InvokeAsync).ConfigureAwait(false);
        return apiax;
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

    /// <summary>Answers a path of the API, whatever the method and query, with 200 and JSON.</summary>
    /// <param name="path">The path, with its leading slash; case does not matter.</param>
    /// <param name="json">The body.</param>
    public void StubApi(string path, string json = "{}") => StubApi(path, context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    });

    /// <summary>Answers a path of the API with code of the test's own: what it reads, answers, or does to the connection.</summary>
    /// <param name="path">The path, with its leading slash; case does not matter. The stub that was set last counts.</param>
    /// <param name="answer">Called for each call with a live token, whatever its method and query.</param>
    public void StubApi(string path, RequestDelegate answer)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(answer);
        _stubs.Set(path, answer);
    }

    /// <summary>Stops the server; token requests that are held or delayed lose their connection.</summary>
    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}
