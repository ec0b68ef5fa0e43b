using System.Net;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Answers 401 to every token that was revoked.</summary>
internal sealed class Api : HttpMessageHandler
{
    private int _revoked;

    /// <summary>Revokes this token and those before it.</summary>
    public void Revoke(int number) => _revoked = number;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var number = Watched.NumberOf(request.Headers.Authorization!.Parameter!);
        await Task.Yield();
        return new HttpResponseMessage(number > _revoked ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
    }
}
