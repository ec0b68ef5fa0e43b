using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Takes tokens back (<see href="https://www.rfc-editor.org/rfc/rfc7009">RFC 7009</see>), beside the token endpoint as Keycloak has it: a refresh token's session ends with it.</summary>
internal sealed class RevocationEndpoint(Realm realm)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var form = await TokenForm.ReadAsync(context.Request).ConfigureAwait(false);
        var refused = HttpMethods.IsPost(context.Request.Method)
            ? form.CheckRevocation()
            : Refused.InvalidRequest("Method is not POST", StatusCodes.Status405MethodNotAllowed);

        if (refused is not null)
            await TokenAnswer.WriteAsync(context.Response, refused).ConfigureAwait(false);
        else
            // 200 for a token that nobody knows, too: it is as good as revoked (RFC 7009 §2.2).
            realm.Revoke(form["token"]!);
    }
}
