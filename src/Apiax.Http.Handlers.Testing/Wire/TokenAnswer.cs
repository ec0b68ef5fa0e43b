using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Writes the JSON of Apiax's page, or an error of <see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.2">RFC 6749 §5.2</see>.</summary>
internal static class TokenAnswer
{
    public static Task WriteAsync(HttpResponse response, TokenDecision decision, SandboxExpiry expiry)
    {
        if (decision is Refused refused)
            return WriteAsync(response, refused);

        ForbidCaching(response);
        return response.WriteAsJsonAsync(Members((Granted)decision, expiry));
    }

    public static Task WriteAsync(HttpResponse response, Refused refused)
    {
        ForbidCaching(response);
        response.StatusCode = refused.StatusCode;
        return response.WriteAsJsonAsync(new { error = refused.Error, error_description = refused.Description });
    }

    private static void ForbidCaching(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
    }

    private static Dictionary<string, object> Members(Granted granted, SandboxExpiry expiry)
    {
        var (name, value) = Expiry(granted, expiry);
        return new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["access_token"] = granted.AccessToken,
            [name] = value,
            ["refresh_expires_in"] = 0,
            ["refresh_token"] = granted.RefreshToken,
            ["token_type"] = "bearer",
            ["not-before-policy"] = 0,
            ["session_state"] = granted.Session.Id,
            ["scope"] = granted.Session.Scope,
        };
    }

    private static (string Name, long Value) Expiry(Granted granted, SandboxExpiry expiry) => expiry switch
    {
        SandboxExpiry.ExpiresInTimestamp => ("expires_in", granted.ExpiresOn.ToUnixTimeMilliseconds()),
        SandboxExpiry.ExpiresAtTimestamp => ("expires_at", granted.ExpiresOn.ToUnixTimeMilliseconds()),
        _ => ("expires_in", (long)(granted.ExpiresOn - granted.IssuedOn).TotalSeconds),
    };
}
