using System.Net;

namespace Apiax.Http.Handlers.Tests.Doubles;

/// <summary>A token endpoint with prepared answers, of which the last is repeated; it records the requests.</summary>
internal sealed class ScriptedTokenEndpoint(TimeProvider time, params Answer[] answers) : HttpMessageHandler
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<ReceivedRequest> Received { get; } = [];

    /// <summary>Completed when the first request has arrived.</summary>
    public Task Requested => _requested.Task;

    /// <summary>Answers to requests whose forms are not read.</summary>
    public Queue<Answer> Unread { get; init; } = [];

    public string GrantTypes => string.Join(' ', Received.Select(request => request.Form["grant_type"]));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Unread.TryDequeue(out var unread))
            return await unread(cancellationToken);

        Received.Add(new ReceivedRequest(
            time.GetUtcNow(),
            request.Method,
            request.RequestUri!,
            string.Join('\n', request.Headers.Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")),
            request.Content!.Headers.ContentType?.ToString(),
            await request.Content.ReadAsStringAsync(cancellationToken)));
        var answer = answers[Math.Min(Received.Count, answers.Length) - 1];
        _requested.TrySetResult();
        return await answer(cancellationToken);
    }
}

internal sealed record ReceivedRequest(DateTimeOffset On, HttpMethod Method, Uri Url, string Headers, string? ContentType, string Body)
{
    /// <summary>The form; a parameter that it contains twice is an error.</summary>
    public Dictionary<string, string> Form => Body.Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => WebUtility.UrlDecode(pair[0]), pair => WebUtility.UrlDecode(pair[1]), StringComparer.Ordinal);
}
