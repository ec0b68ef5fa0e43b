using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Writes access tokens with the claims, and so about the size, of Keycloak's, signed with a key that nobody else has.</summary>
internal sealed class AccessTokenWriter
{
    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT","kid":"apiax-sandbox"}"""u8);
    private static readonly string[] Origins = ["https://app.sandbox.invalid"];
    private static readonly string[] RealmRoles = ["default-roles-apiax", "offline_access", "uma_authorization"];
    private static readonly string[] AccountRoles = ["manage-account", "manage-account-links", "view-profile"];
    private static readonly string[] ApiRoles = ["rules:read", "rules:evaluate", "assets:read", "countries:read"];

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Write(Session session, DateTimeOffset issuedOn, DateTimeOffset expiresOn)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["exp"] = expiresOn.ToUnixTimeSeconds(),
            ["iat"] = issuedOn.ToUnixTimeSeconds(),
            ["auth_time"] = session.StartedOn.ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid(),
            ["iss"] = "https://sandbox.invalid/auth/realms/apiax",
            ["aud"] = "account",
            ["sub"] = session.Account.Id,
            ["typ"] = "Bearer",
            ["azp"] = ApiaxAuthDefaults.ClientId,
            ["session_state"] = session.Id,
            ["acr"] = "1",
            ["allowed-origins"] = Origins,
            ["realm_access"] = new { roles = RealmRoles },
            ["resource_access"] = new { account = new { roles = AccountRoles }, api = new { roles = ApiRoles } },
            ["scope"] = session.Scope,
            ["sid"] = session.Id,
            ["email"] = $"{session.Account.Username}@sandbox.invalid",
            ["email_verified"] = false,
            ["preferred_username"] = session.Account.Username,
        };
        var signed = $"{Header}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encode(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => WebEncoders.Base64UrlEncode(bytes);
}
