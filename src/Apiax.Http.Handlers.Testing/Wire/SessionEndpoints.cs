using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>
/// Ends sessions, at Keycloak's paths beside the token endpoint: Keycloak's logout, and revocation (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC
/// 7009</see>).
/// </summary>
internal sealed class SessionEndpoints(Realm realm)
{
    public Task LogoutAsync(HttpContext context) => InvokeAsync(context, form =>
    {
        if (form["refresh_token"] is not { } refreshToken)
            return Refused.InvalidRequest("No refresh token");
        if (!realm.Logout(refreshToken))
            return Refused.InvalidRefreshToken;

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    });

    public Task RevokeAsync(HttpContext context) => InvokeAsync(context, form =>
    {
        if (form["token"] is not { } token)
            return Refused.InvalidRequest("Token not provided");

        // 200 for an unknown token, too (RFC 7009 §2.2).
        realm.Revoke(token);
        return null;
    });

    private async Task InvokeAsync(HttpContext context, Func<TokenForm, Refused?> handle)
    {
        var form = await TokenForm.ReadAsync(context.Request).ConfigureAwait(false);
        if ((form.Unusable ?? realm.CheckClient(form["client_id"], grantType: null) ?? form.Duplicated ?? handle(form)) is { } refused)
            await TokenAnswer.WriteAsync(context.Response, refused).ConfigureAwait(false);
    }
}
