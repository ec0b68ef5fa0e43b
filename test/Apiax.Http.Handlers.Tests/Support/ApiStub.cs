using System.Net;
using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>An API that answers 200, or 401 to rejected tokens, and records the calls.</summary>
internal sealed class ApiStub : HttpMessageHandler
{
    private readonly List<ApiCall> _calls = [];

    /// <summary>Another answer; null for the usual one.</summary>
    public Func<ApiCall, HttpRequestMessage, HttpResponseMessage?> Answer { get; set; } = (_, _) => null;

    /// <summary>The tokens that are answered with 401.</summary>
    public ISet<string> Rejected { get; } = new HashSet<string>(StringComparer.Ordinal);

    public bool RejectsAll { get; set; }

    /// <summary>Whether senders have to wait for the answer.</summary>
    public bool AnswersLater { get; set; }

    public IReadOnlyList<ApiCall> Calls
    {
        get
        {
            lock (_calls)
                return [.. _calls];
        }
    }

    /// <summary>The tokens that arrived, in order; null where there was none.</summary>
    public IEnumerable<string?> Tokens => Calls.Select(call => call.Token);

    public static HttpResponseMessage Unauthorized(string? challenge = null, HttpContent? content = null)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = content ?? new StringContent("who are you?") };
        if (challenge is not null)
            answer.Headers.TryAddWithoutValidation("WWW-Authenticate", challenge);

        return answer;
    }

    /// <summary>Does what .NET's handlers do on a redirect: changes the request's URL and removes its Authorization.</summary>
    public static void Redirect(HttpRequestMessage request, string to)
    {
        request.RequestUri = new Uri(to);
        request.Headers.Authorization = null;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (AnswersLater)
            await Task.Yield();

        using var body = new MemoryStream();

        // Not ReadAs…: that would buffer the body, and any body could be sent twice.
        if (request.Content is not null)
            await request.Content.CopyToAsync(body, cancellationToken);

        return Respond(request, body, isSynchronous: false, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        request.Content?.CopyTo(body, context: null, cancellationToken);
        return Respond(request, body, isSynchronous: true, cancellationToken);
    }

    private HttpResponseMessage Respond(HttpRequestMessage request, MemoryStream body, bool isSynchronous, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ApiCall call;
        lock (_calls)
        {
            call = new ApiCall(_calls.Count + 1, request.RequestUri!, request.Headers.NonValidated.TryGetValues("Authorization", out var header) ? header.ToString() : null, Encoding.UTF8.GetString(body.ToArray()), isSynchronous);
            _calls.Add(call);
        }

        var answer = Answer(call, request) ?? (RejectsAll || (call.Token is { } token && Rejected.Contains(token)) ? Unauthorized() : new HttpResponseMessage(HttpStatusCode.OK));
        answer.RequestMessage ??= request;
        return answer;
    }
}

/// <param name="Number">The first call is 1.</param>
/// <param name="Uri">Where it went.</param>
/// <param name="Authorization">Its header, as it was.</param>
/// <param name="Body">Its body.</param>
/// <param name="IsSynchronous">Whether its sender blocks.</param>
internal sealed record ApiCall(int Number, Uri Uri, string? Authorization, string Body, bool IsSynchronous)
{
    public string? Token => Authorization?.Replace("Bearer ", "", StringComparison.Ordinal);
}
