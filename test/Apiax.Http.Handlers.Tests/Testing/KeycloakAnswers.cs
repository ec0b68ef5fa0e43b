using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>An answer of Keycloak 26.5.6 and 26.7.3, as measured, and how a sandbox is made to give it.</summary>
/// <param name="Request">The request, and the state of the realm.</param>
/// <param name="Statuses">The status; two if those of 26.5.6 and 26.7.3 differ.</param>
/// <param name="Error">Its <c>error</c>.</param>
/// <param name="Description">Its <c>error_description</c>.</param>
/// <param name="SendAsync">Sends the request to a sandbox.</param>
internal sealed record KeycloakAnswer(string Request, string Statuses, string Error, string? Description, Func<KeycloakScene, Task<TokenReply>> SendAsync)
{
    public int Status(string version) => int.Parse(Statuses.Split('/')[version == KeycloakAnswers.Newer ? ^1 : 0], CultureInfo.InvariantCulture);

    public byte[] Body => JsonSerializer.SerializeToUtf8Bytes(Description is null
        ? new Dictionary<string, string>(StringComparer.Ordinal) { ["error"] = Error }
        : new Dictionary<string, string>(StringComparer.Ordinal) { ["error"] = Error, ["error_description"] = Description });

    public override string ToString() => Request;
}

/// <summary>A rejection by Keycloak's userinfo.</summary>
/// <param name="Token">What happened to the token.</param>
/// <param name="Challenge">The header <c>WWW-Authenticate</c> of the 401.</param>
/// <param name="TokenOfAsync">The token, after that.</param>
internal sealed record KeycloakRejection(string Token, string Challenge, Func<KeycloakScene, Task<string?>> TokenOfAsync)
{
    public override string ToString() => Token;
}

/// <summary>A sandbox of a version, its clock, and its client.</summary>
internal sealed record KeycloakScene(ApiaxSandbox Apiax, SandboxClient Client, TimeSpan Idle, Action<TimeSpan> Pass)
{
    public static readonly (string, string) ClientId = ("client_id", ApiaxAuthDefaults.ClientId);

    /// <summary>Signs in after something has happened.</summary>
    public Task<TokenReply> SignInAsync(Action<ApiaxSandbox> happens)
    {
        happens(Apiax);
        return Client.SignInAsync();
    }

    /// <summary>Refreshes a session to which something has happened.</summary>
    public async Task<TokenReply> RefreshAsync(Func<TokenReply, Task> happens)
    {
        var login = await Client.SignInAsync();
        await happens(login);
        return await Client.RefreshAsync(login);
    }

    public Task<TokenReply> RefreshAsync(Action<ApiaxSandbox> happens) => RefreshAsync(_ =>
    {
        happens(Apiax);
        return Task.CompletedTask;
    });

    public Task<TokenReply> RefreshAsync(string token, string client = ApiaxAuthDefaults.ClientId) =>
        Client.PostAsync(("client_id", client), ("grant_type", "refresh_token"), ("refresh_token", token));

    /// <summary>Another client refreshes a session to which something has happened.</summary>
    public async Task<TokenReply> RefreshAsOtherAsync(Action happens)
    {
        Apiax.SetClient(SandboxClientKind.Public, "other");
        var login = await Client.SignInAsync();
        happens();
        return await RefreshAsync(login.RefreshToken, client: "other");
    }

    /// <summary>Refreshes a session that has lost its client, since a refresh token was used twice, and to which something has happened.</summary>
    public async Task<TokenReply> RefreshAfterReuseAsync(Action happens)
    {
        var login = await Client.SignInAsync();
        var next = await Client.RefreshAsync(login);
        await Client.RefreshAsync(login);
        happens();
        return await Client.RefreshAsync(next);
    }

    /// <summary>The password grant with other parameters.</summary>
    public Task<TokenReply> PostAsync(string client = ApiaxAuthDefaults.ClientId, string grant = "password", string? username = null, string? password = null, params (string, string)[] more) =>
        Client.PostAsync([("client_id", client), ("grant_type", grant), ("username", username ?? Apiax.Username), ("password", password ?? Apiax.Password), .. more]);

    public Task<TokenReply> PostWithoutPasswordAsync() => Client.PostAsync(ClientId, ("grant_type", "password"), ("username", Apiax.Username));

    public async Task<TokenReply> SendAsync(HttpMethod method, string form = "", string realm = "apiax")
    {
        using var request = new HttpRequestMessage(method, new Uri(Apiax.BaseAddress, $"auth/realms/{realm}/protocol/openid-connect/token"));
        if (method == HttpMethod.Post)
            request.Content = new StringContent(form, Encoding.UTF8, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        return await Client.SendAsync(request);
    }

    /// <summary>A login with the right password while another one is in progress: of two, the one that is answered, since the other does not end.</summary>
    public async Task<TokenReply> SignInMeanwhileAsync()
    {
        Apiax.LoginDuration = TimeSpan.FromDays(1);
        return await await Task.WhenAny(Client.SignInAsync(), Client.SignInAsync());
    }

    /// <summary>The access token of a session to which something has happened.</summary>
    public async Task<string?> TokenAsync(Action happens)
    {
        var login = await Client.SignInAsync();
        happens();
        return login.AccessToken;
    }
}

/// <summary>All measured answers of both versions, with their exact texts.</summary>
internal static class KeycloakAnswers
{
    public const string Older = "26.5.6";
    public const string Newer = "26.7.3";

    private const string WrongClient = "Invalid client or Invalid client credentials";
    private const string WrongUser = "Invalid user credentials";

    private static readonly (string, string) ClientId = KeycloakScene.ClientId;
    private static readonly (string, string) Unknown = ("scope", "nonsense");
    private static readonly (string, string)[] Twice = [("scope", "email"), ("scope", "email")];

    /// <summary>About the client, the realm or the form: neither a password nor a refresh token is judged.</summary>
    public static KeycloakAnswer[] AboutTheRequest { get; } =
    [
        new("empty form", "400", "invalid_request", "Missing form parameter: grant_type", scene => scene.SendAsync(HttpMethod.Post)),
        new("GET", "405", "HTTP 405 Method Not Allowed", null, scene => scene.SendAsync(HttpMethod.Get)),
        new("a parameter twice", "400", "invalid_request", "duplicated parameter", scene => scene.PostAsync(more: Twice)),
        new("a form of 200 KB", "413", "HTTP 413 Request Entity Too Large", null, scene => scene.SendAsync(HttpMethod.Post, "grant_type=refresh_token&refresh_token=" + new string('x', 200_000))),
        new("unknown realm", "404", "Realm does not exist", null, scene => scene.SendAsync(HttpMethod.Post, realm: "other")),
        new("realm disabled", "403", "access_denied", "Realm not enabled", scene => scene.SignInAsync(apiax => apiax.RealmEnabled = false)),
        new("realm disabled, a refresh", "403", "access_denied", "Realm not enabled", scene => scene.RefreshAsync(apiax => apiax.RealmEnabled = false)),
        new("unknown client", "401", "invalid_client", WrongClient, scene => scene.PostAsync(client: "other")),
        new("client disabled", "401", "invalid_client", WrongClient, scene => scene.SignInAsync(apiax => apiax.SetClient(SandboxClientKind.Disabled))),
        new("client wants a secret", "401", "unauthorized_client", WrongClient, scene => scene.SignInAsync(apiax => apiax.SetClient(SandboxClientKind.Confidential))),
        new("direct access grants off", "400", "unauthorized_client", "Client not allowed for direct access grants", scene => scene.SignInAsync(apiax => apiax.SetClient(SandboxClientKind.WithoutDirectAccessGrants))),
        new("client wants the user's consent", "400", "invalid_client", "Client requires user consent", scene => scene.SignInAsync(apiax => apiax.SetClient(SandboxClientKind.ConsentRequired))),
        new("unknown grant", "400", "unsupported_grant_type", "Unsupported grant_type", scene => scene.PostAsync(grant: "client_credentials")),
        new("unknown scope", "400", "invalid_scope", "Invalid scopes: openid nonsense", scene => scene.PostAsync(more: [("scope", "openid nonsense")])),
    ];

    /// <summary>About user name and password, or about another login at the same time.</summary>
    public static KeycloakAnswer[] AboutThePassword { get; } =
    [
        new("wrong password", "401/400", "invalid_grant", WrongUser, scene => scene.PostAsync(password: "wrong")),
        new("empty password", "401/400", "invalid_grant", WrongUser, scene => scene.PostAsync(password: "")),
        new("no password", "401/400", "invalid_grant", WrongUser, scene => scene.PostWithoutPasswordAsync()),
        new("unknown user", "401/400", "invalid_grant", WrongUser, scene => scene.PostAsync(username: "nobody")),
        new("a space after the user name", "401/400", "invalid_grant", WrongUser, scene => scene.PostAsync(username: $"{scene.Apiax.Username} ")),
        new("user locked for a while", "401/400", "invalid_grant", WrongUser, scene => scene.SignInAsync(apiax => apiax.LockUser(apiax.Username, TimeSpan.FromMinutes(5)))),
        new("user locked for ever", "401/400", "invalid_grant", WrongUser, scene => scene.SignInAsync(apiax => apiax.LockUser(apiax.Username))),
        new("another login of this user in progress", "401/400", "invalid_grant", WrongUser, scene => scene.SignInMeanwhileAsync()),
        new("user disabled", "400", "invalid_grant", "Account disabled", scene => scene.SignInAsync(apiax => apiax.DisableUser(apiax.Username))),
        new("a required action is open", "400", "invalid_grant", "Account is not fully set up", scene => scene.SignInAsync(apiax => apiax.RequireAction(apiax.Username))),
    ];

    /// <summary>About the refresh token.</summary>
    public static KeycloakAnswer[] AboutTheRefreshToken { get; } =
    [
        new("rubbish", "400", "invalid_grant", "Invalid refresh token", scene => scene.RefreshAsync("rubbish")),
        new("an access token", "400", "invalid_grant", "Invalid refresh token", async scene => await scene.RefreshAsync((await scene.Client.SignInAsync()).AccessToken)),
        new("keys replaced", "400", "invalid_grant", "Invalid refresh token", scene => scene.RefreshAsync(apiax => apiax.ReplaceKeys())),
        new("of another client", "400", "invalid_grant", "Invalid refresh token. Token client and authorized client don't match", scene => scene.RefreshAsOtherAsync(() => { })),
        new("logged out", "400", "invalid_grant", "Session not active", scene => scene.RefreshAsync(login => scene.Client.LogoutAsync(("client_id", ApiaxAuthDefaults.ClientId), ("refresh_token", login.RefreshToken)))),
        new("revoked", "400", "invalid_grant", "Session not active", scene => scene.RefreshAsync(login => scene.Client.RevokeAsync(("client_id", ApiaxAuthDefaults.ClientId), ("token", login.RefreshToken)))),
        new("ended by an administrator", "400", "invalid_grant", "Session not active", scene => scene.RefreshAsync(apiax => apiax.EndSessions())),
        new("user deleted", "400", "invalid_grant", "Session not active", scene => scene.RefreshAsync(apiax => apiax.RemoveUser(apiax.Username))),
        new("idle for too long", "400", "invalid_grant", "Token is not active", scene => scene.RefreshAsync(_ => scene.Pass(scene.Idle))),
        new("past session max", "400", "invalid_grant", "Token is not active", async scene =>
        {
            var login = await scene.Client.SignInAsync();
            while (true)
            {
                scene.Pass(scene.Idle / 2);
                var reply = await scene.Client.RefreshAsync(login);
                if (reply.Status != (int)HttpStatusCode.OK)
                    return reply;

                login = reply;
            }
        }),
        new("not-before pushed", "400", "invalid_grant", "Stale token", scene => scene.RefreshAsync(apiax => apiax.PushNotBefore())),
        new("used before", "400", "invalid_grant", "Maximum allowed refresh token reuse exceeded", scene => scene.RefreshAsync(scene.Client.RefreshAsync)),
        new("the new one after that", "400", "invalid_grant", "Session doesn't have required client", scene => scene.RefreshAfterReuseAsync(() => { })),
        new("user disabled", "400", "invalid_grant", "User disabled", scene => scene.RefreshAsync(apiax => apiax.DisableUser(apiax.Username))),
        new("user locked for ever", "400", "invalid_grant", "User disabled", scene => scene.RefreshAsync(apiax => apiax.LockUser(apiax.Username))),
    ];

    /// <summary>Requests with two defects: the answer is about the one that Keycloak's source checks first.</summary>
    public static KeycloakAnswer[] AboutTheFirstDefect { get; } =
    [
        new("realm before grant", "403", "access_denied", "Realm not enabled", scene => { scene.Apiax.RealmEnabled = false; return scene.PostAsync(grant: "other"); }),
        new("grant before client", "400", "unsupported_grant_type", "Unsupported grant_type", scene => scene.PostAsync(client: "other", grant: "other")),
        new("client before a parameter twice", "401", "invalid_client", WrongClient, scene => scene.PostAsync(client: "other", more: Twice)),
        new("a parameter twice before direct access grants", "400", "invalid_request", "duplicated parameter", scene =>
        {
            scene.Apiax.SetClient(SandboxClientKind.WithoutDirectAccessGrants);
            return scene.PostAsync(more: Twice);
        }),
        new("consent before scope", "400", "invalid_client", "Client requires user consent", scene =>
        {
            scene.Apiax.SetClient(SandboxClientKind.ConsentRequired);
            return scene.PostAsync(more: Unknown);
        }),
        new("scope before user name", "400", "invalid_scope", "Invalid scopes: nonsense", scene => scene.Client.PostAsync(ClientId, ("grant_type", "password"), Unknown)),
        new("no refresh token before scope", "400", "invalid_request", "No refresh token", scene => scene.Client.PostAsync(ClientId, ("grant_type", "refresh_token"), Unknown)),
        new("scope before refresh token", "400", "invalid_scope", "Invalid scopes: nonsense", scene => scene.Client.PostAsync(ClientId, ("grant_type", "refresh_token"), ("refresh_token", "rubbish"), Unknown)),
        new("not-before before idle", "400", "invalid_grant", "Stale token", scene => scene.RefreshAsync(apiax =>
        {
            apiax.PushNotBefore();
            scene.Pass(scene.Idle);
        })),
        new("idle before client", "400", "invalid_grant", "Token is not active", scene => scene.RefreshAsOtherAsync(() => scene.Pass(scene.Idle))),
        new("client before an ended session", "400", "invalid_grant", "Invalid refresh token. Token client and authorized client don't match", scene => scene.RefreshAsOtherAsync(scene.Apiax.EndSessions)),
        new("idle before an ended session", "400", "invalid_grant", "Token is not active", scene => scene.RefreshAsync(apiax =>
        {
            apiax.EndSessions();
            scene.Pass(scene.Idle);
        })),
        new("an ended session before user", "400", "invalid_grant", "Session not active", scene => scene.RefreshAsync(apiax =>
        {
            apiax.EndSessions();
            apiax.DisableUser(apiax.Username);
        })),
        new("an ended session before its lost client", "400", "invalid_grant", "Session not active", scene => scene.RefreshAfterReuseAsync(scene.Apiax.EndSessions)),
        new("user before a session's lost client", "400", "invalid_grant", "User disabled", scene => scene.RefreshAfterReuseAsync(() => scene.Apiax.DisableUser(scene.Apiax.Username))),
    ];

    /// <summary>The answers of the API to expired, revoked and other invalid tokens.</summary>
    public static KeycloakRejection[] Rejections { get; } =
    [
        new("none", "Bearer realm=\"apiax\"", _ => Task.FromResult<string?>(null)),
        new("an empty one", "Bearer realm=\"apiax\"", _ => Task.FromResult<string?>("")),
        new("rubbish", Invalid("Token verification failed"), _ => Task.FromResult<string?>("rubbish")),
        new("run out", Invalid("Token verification failed"), scene => scene.TokenAsync(() => scene.Pass(TimeSpan.FromSeconds(6)))),
        new("older than not-before", Invalid("Token verification failed"), scene => scene.TokenAsync(scene.Apiax.PushNotBefore)),
        new("all keys replaced", Invalid("Token verification failed"), scene => scene.TokenAsync(scene.Apiax.ReplaceKeys)),
        new("session ended", Invalid("user_session_not_found"), scene => scene.TokenAsync(scene.Apiax.EndSessions)),
        new("user deleted", Invalid("user_session_not_found"), scene => scene.TokenAsync(() => scene.Apiax.RemoveUser(scene.Apiax.Username))),
        new("user disabled", Invalid("User disabled"), scene => scene.TokenAsync(() => scene.Apiax.DisableUser(scene.Apiax.Username))),
        new("user locked for ever", Invalid("User disabled"), scene => scene.TokenAsync(() => scene.Apiax.LockUser(scene.Apiax.Username))),
    ];

    private static string Invalid(string description) => $"Bearer realm=\"apiax\", error=\"invalid_token\", error_description=\"{description}\"";
}
