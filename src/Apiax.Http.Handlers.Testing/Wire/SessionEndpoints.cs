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

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return realm.Logout(refreshToken, form["client_id"]!);
    });

    // 200 for an unknown token, too (RFC 7009 §2.2).
    public Task RevokeAsync(HttpContext context) => InvokeAsync(context, form =>
        form["token"] is { } token ? realm.Revoke(token, form["client_id"]!) : Refused.InvalidRequest("Token not provided"));

    private async Task InvokeAsync(HttpContext context, Func<TokenForm, Refused?> handle)
    {
        var form = await TokenForm.ReadAsync(context.Request).ConfigureAwait(false);
        if ((form.Unusable ?? realm.Refusal ?? realm.CheckClient(form["client_id"]) ?? form.Duplicated ?? handle(form)) is { } refused)
            await TokenAnswer.WriteAsync(context.Response, refused).ConfigureAwait(false);
    }
}
