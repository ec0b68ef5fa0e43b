using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Writes tokens with Keycloak's claims, so that they have about the same size, signed with the sandbox's own key.</summary>
internal sealed class TokenWriter
{
    private const string Issuer = "https://sandbox.invalid/auth/realms/apiax";

    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT","kid":"apiax-sandbox"}"""u8);
    private static readonly string[] Origins = ["https://app.sandbox.invalid"];
    private static readonly string[] RealmRoles = ["default-roles-apiax", "offline_access", "uma_authorization"];
    private static readonly string[] AccountRoles = ["manage-account", "manage-account-links", "view-profile"];
    private static readonly string[] ApiRoles = ["rules:read", "rules:evaluate", "assets:read", "countries:read"];

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Access(Session session, DateTimeOffset issuedOn, DateTimeOffset expiresOn)
    {
        var claims = Claims("Bearer", session, issuedOn, expiresOn);
        claims["aud"] = "account";
        claims["acr"] = "1";
        claims["allowed-origins"] = Texts(Origins);
        claims["realm_access"] = Roles(RealmRoles);
        claims["resource_access"] = new JsonObject { ["account"] = Roles(AccountRoles), ["api"] = Roles(ApiRoles) };
        Describe(session.User, claims);
        return Sign(claims);
    }

    public string Id(Session session, DateTimeOffset issuedOn, DateTimeOffset expiresOn)
    {
        var claims = Claims("ID", session, issuedOn, expiresOn);
        claims["aud"] = session.Client;
        Describe(session.User, claims);
        return Sign(claims);
    }

    public string Refresh(Session session, DateTimeOffset issuedOn)
    {
        var claims = Claims(session.DeclaredEnd is null ? "Offline" : "Refresh", session, issuedOn, session.DeclaredEnd);
        claims["aud"] = Issuer;
        return Sign(claims);
    }

    private static JsonObject Claims(string type, Session session, DateTimeOffset issuedOn, DateTimeOffset? expiresOn)
    {
        var claims = new JsonObject
        {
            ["iat"] = issuedOn.ToUnixTimeSeconds(),
            ["auth_time"] = session.StartedOn.ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid(),
            ["iss"] = Issuer,
            ["sub"] = session.User.Id,
            ["typ"] = type,
            ["azp"] = session.Client,
            ["session_state"] = session.Id,
            ["scope"] = session.Scope,
            ["sid"] = session.Id,
        };
        if (expiresOn is { } end)
            claims["exp"] = end.ToUnixTimeSeconds();
        return claims;
    }

    private static void Describe(User user, JsonObject claims)
    {
        claims["email"] = user.Mail;
        claims["email_verified"] = false;
        claims["preferred_username"] = user.Username;
    }

    private static JsonObject Roles(string[] names) => new() { ["roles"] = Texts(names) };

    private static JsonArray Texts(string[] texts) => [.. texts.Select(text => (JsonNode)text)];

    private string Sign(JsonObject claims)
    {
        var signed = $"{Header}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{Encode(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => WebEncoders.Base64UrlEncode(bytes);
}
