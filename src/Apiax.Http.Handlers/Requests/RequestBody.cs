namespace Apiax.Http.Handlers;

/// <summary>The body of a request as it was before the first send: the next send needs it, even if the primary handler has replaced or removed it.</summary>
internal abstract class RequestBody(HttpRequestMessage request)
{
    // A redirect that removes the body changes the method to GET, too. Other code may only remove the body.
    private readonly HttpMethod _method = request.Method;

    /// <param name="request">A request with a body.</param>
    /// <param name="limit">How many bytes are recorded.</param>
    /// <param name="inner">The handler that sends it.</param>
    /// <returns>Null if the body is in memory and stays as it is.</returns>
    public static RequestBody? Of(HttpRequestMessage request, int limit, HttpMessageHandler? inner)
    {
        var content = request.Content!;
        if (ReplayableContent.IsInMemory(content))
            return NeverReplacesBody(inner) ? null : new UnrecordedBody(request);

        return limit == 0 && (!ReplayableContent.CanRewind(content) || ReplayableContent.LengthOf(content) is null)
            ? new UnrecordedBody(request)
            : BodyRecording.Attach(request, limit);
    }

    /// <summary>Prevents the send that was answered from beginning to write the body.</summary>
    /// <returns>Whether the same bytes, or none after a redirect, can be sent once more.</returns>
    public bool TryWithdraw(HttpRequestMessage request) => IsRemovedByRedirect(request) || TryWithdraw();

    /// <summary>Gives the request its body for the next send, unless a redirect has removed it.</summary>
    public void Restore(HttpRequestMessage request)
    {
        if (!IsRemovedByRedirect(request))
            AttachTo(request);
    }

    protected abstract bool TryWithdraw();

    protected abstract void AttachTo(HttpRequestMessage request);

    // By exact type: a derived or another handler may replace the body, for example with a compressed one.
    // Stryker disable once Logical: without it, a request with a body in memory only costs more memory.
    private static bool NeverReplacesBody(HttpMessageHandler? inner) => inner is SocketsHttpHandler || (inner is HttpClientHandler && inner.GetType() == typeof(HttpClientHandler));

    private bool IsRemovedByRedirect(HttpRequestMessage request) => request.Content is null && request.Method != _method;
}

/// <summary>A body that is not recorded. The framework can write it again if it is in memory.</summary>
internal sealed class UnrecordedBody(HttpRequestMessage request) : RequestBody(request)
{
    private readonly HttpContent _content = request.Content!;

    protected override bool TryWithdraw() => ReplayableContent.IsInMemory(_content) && ReplayableContent.TryMoveBack(_content);

    protected override void AttachTo(HttpRequestMessage request) => request.Content = _content;
}
