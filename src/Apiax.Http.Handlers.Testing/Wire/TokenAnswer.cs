using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Writes Keycloak's JSON, as Apiax documents it, or an error of <see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.2">RFC 6749 §5.2</see>.</summary>
internal static class TokenAnswer
{
    public static Task WriteAsync(HttpResponse response, TokenDecision decision, SandboxExpiry expiry)
    {
        if (decision is Refused refused)
            return WriteAsync(response, refused);

        return WriteAsync(response, Members((Granted)decision, expiry));
    }

    public static Task WriteAsync(HttpResponse response, Refused refused)
    {
        response.StatusCode = refused.StatusCode;
        var members = new JsonObject { ["error"] = refused.Error };
        if (refused.Description is { } description)
            members["error_description"] = description;

        return WriteAsync(response, members);
    }

    // Without the serializer: some programs (native ones, single-file scripts) turn it off.
    private static Task WriteAsync(HttpResponse response, JsonObject members)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.ContentType = "application/json";
        return response.WriteAsync(members.ToJsonString());
    }

    private static JsonObject Members(Granted granted, SandboxExpiry expiry)
    {
        var (name, value) = Expiry(granted, expiry);
        var members = new JsonObject
        {
            ["access_token"] = granted.AccessToken,
            [name] = value,
            ["refresh_expires_in"] = (long)((granted.RefreshExpiresOn ?? granted.IssuedOn) - granted.IssuedOn).TotalSeconds,
            ["refresh_token"] = granted.RefreshToken,
            ["token_type"] = "Bearer",
            ["not-before-policy"] = granted.NotBefore,
            ["session_state"] = granted.Session.Id,
            ["scope"] = granted.Session.Scope,
        };
        if (granted.IdToken is { } idToken)
            members["id_token"] = idToken;

        return members;
    }

    private static (string Name, long Value) Expiry(Granted granted, SandboxExpiry expiry) => expiry switch
    {
        SandboxExpiry.ExpiresInTimestamp => ("expires_in", granted.ExpiresOn.ToUnixTimeMilliseconds()),
        SandboxExpiry.ExpiresAtTimestamp => ("expires_at", granted.ExpiresOn.ToUnixTimeMilliseconds()),
        _ => ("expires_in", (long)(granted.ExpiresOn - granted.IssuedOn).TotalSeconds),
    };
}
