namespace Apiax.Http.Handlers.Tests.Applications;

/// <summary>A handler that an application gives to all its clients: it sees what passes, and must see no secret.</summary>
internal sealed class Witness : DelegatingHandler
{
    /// <summary>The headers and bodies that all of them have seen.</summary>
    public static List<string> Seen { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Note($"{request.RequestUri} {request.Headers} {body}");
        var answer = await base.SendAsync(request, cancellationToken);
        Note($"{answer.RequestMessage?.RequestUri} {answer.RequestMessage?.Headers}");
        return answer;
    }

    private static void Note(string text)
    {
        lock (Seen)
            Seen.Add(text);
    }
}
