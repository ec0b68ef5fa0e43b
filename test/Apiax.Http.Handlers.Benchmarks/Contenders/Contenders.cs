using System.Reflection;
using Duende.IdentityModel.OidcClient;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary.Middleware;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The names of the measured handlers, as in the tables.</summary>
internal static class Contenders
{
    public const string NoAuth = "no auth";
    public const string Floor = "floor: prebuilt raw header, does not look at the answer";
    public const string LookingFloor = "floor + looks at the status";
    public const string HardCoded = "hard-coded header";
    public const string HandWritten = "typical hand-written handler";
    public const string Ours = "**Apiax.Http.Handlers**";

    public static readonly Uri TokenEndpoint = new("https://auth.apiax.io/token");

    public static string AzureCore { get; } = Peer<Azure.Core.TokenCredential>("Azure.Core", "its policy, in its own pipeline");

    public static string Google { get; } = Peer<global::Google.Apis.Auth.OAuth2.UserCredential>("Google.Apis.Auth", "`UserCredential`");

    public static string Kiota { get; } = Peer<AuthorizationHandler>("Kiota", "`AuthorizationHandler`, the token at no cost");

    public static string Msal { get; } = Peer<Microsoft.Identity.Client.IConfidentialClientApplication>("MSAL", "asked for each request");

    public static string Oidc { get; } = Peer<OidcClient>("Duende.IdentityModel.OidcClient", "`RefreshTokenDelegatingHandler`");

    /// <summary>Handlers of other libraries, each with an inner handler.</summary>
    public static IReadOnlyList<(string Name, Func<HttpMessageHandler, DelegatingHandler> Create)> Peers { get; } =
    [
        (Oidc, inner => new RefreshTokenDelegatingHandler(new OidcClient(new OidcClientOptions { Authority = "https://auth.apiax.io", ClientId = "id" }), SampleToken.Text, "refresh", innerHandler: inner)),
        (Google, inner => new GoogleHandler { InnerHandler = inner }),
        (Kiota, inner => new AuthorizationHandler(new BaseBearerTokenAuthenticationProvider(new KiotaTokens())) { InnerHandler = inner }),
        (Msal, inner => new MsalHandler { InnerHandler = inner }),
    ];

    private static string Peer<T>(string name, string what)
    {
        var version = typeof(T).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return $"{name} {version.Split('+')[0]}, {what}";
    }
}
