using System.Net;
using System.Text;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>A token endpoint with brute-force detection, as Keycloak 25 to 26.7: of several logins of one user that overlap it accepts one, and rejects the others like a wrong password. Refresh tokens are always refused.</summary>
/// <param name="time">The clock.</param>
/// <param name="login">How long a login takes.</param>
/// <param name="isRight">Whether the password is the right one.</param>
internal sealed class OverlapServer(TimeProvider time, TimeSpan login, bool isRight = true) : HttpMessageHandler
{
    // It checks for a login in progress before it checks the password.
    private static readonly TimeSpan Refusal = TimeSpan.FromMilliseconds(5);

    private bool _isBusy;

    /// <summary>How many logins were requested.</summary>
    public int Logins { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var form = await request.Content!.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (form.Contains("grant_type=refresh_token", StringComparison.Ordinal))
            return Answer(HttpStatusCode.BadRequest, """{"error":"invalid_grant","error_description":"Session not active"}""");

        Logins++;
        var isAccepted = isRight && !_isBusy;
        if (isAccepted)
            _isBusy = true;

        await Task.Delay(isAccepted ? login : Refusal, time, cancellationToken).ConfigureAwait(false);
        if (isAccepted)
            _isBusy = false;

        return isAccepted
            ? Answer(HttpStatusCode.OK, """{"access_token":"token","expires_in":1800,"refresh_token":"refresh","token_type":"Bearer"}""")
            : Answer(HttpStatusCode.Unauthorized, """{"error":"invalid_grant","error_description":"Invalid user credentials"}""");
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
}
