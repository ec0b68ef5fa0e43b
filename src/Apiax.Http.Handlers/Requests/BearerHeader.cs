using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The <c>Authorization</c> header of one account's token, created once for many requests.</summary>
/// <remarks>
/// <para>Always <c>Bearer</c>, never the <c>token_type</c> of an answer (<see href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750 §2.1</see>).</para>
/// <para>It is added as text: an <see cref="System.Net.Http.Headers.AuthenticationHeaderValue"/> is formatted on every send, with 2.4 KB for a token of
/// 1.2 KB; with cached text it still costs 32 B a request. .NET does not check the characters; <see cref="ApiaxAccessToken"/> did.</para>
/// </remarks>
[DebuggerDisplay("Bearer [redacted]")]
internal sealed class BearerHeader
{
    private const string Name = "Authorization";

    // The texts of the headers that handlers keep, and of those of calls that are under way. Few: one for each handler and token.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private static WeakReference<string>[] s_all = [];

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _text;

    public BearerHeader(ApiaxAccessToken token, HandlerSettings settings)
    {
        // A mock of the provider may return null.
        _text = "Bearer " + (token ?? throw new InvalidOperationException($"{nameof(IApiaxAccessTokenProvider)} returned null instead of a token.")).Value;
        (Token, Settings) = (token, settings);
        Remember(_text);
    }

    private BearerHeader(BearerHeader original, string text, RequestBody? body)
    {
        (_text, Token, Settings, Body) = (text, original.Token, original.Settings, body);
    }

    public ApiaxAccessToken Token { get; }

    public HandlerSettings Settings { get; }

    /// <summary>The request's body for the next send; null if it has none, or the primary handler does not change it.</summary>
    public RequestBody? Body { get; }

    /// <summary>Whether a request has an <c>Authorization</c> header; it is not parsed, so that a caller's own header is sent unchanged.</summary>
    public static bool IsOn(HttpRequestMessage request) => request.Headers.NonValidated.Contains(Name);

    /// <summary>Removes a token that this library has added: the request is a copy of one that is under way (a hedge, a retry after a timeout), or that one itself.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool RemoveAny(HttpRequestMessage request)
    {
        request.Headers.NonValidated.TryGetValues(Name, out var values);
        var text = values.ToString();
        if (!Array.Exists(Volatile.Read(ref s_all), known => known.TryGetTarget(out var ours) && ours == text))
            return false;

        Clear(request);
        return true;
    }

    /// <summary>The same header for a request with a body.</summary>
    public BearerHeader With(RequestBody? body) => new(this, _text, body);

    /// <summary>The same header, for a request that is being sent already by code that has not waited for its end (a timeout with a retry): that send must not remove this one.</summary>
    public BearerHeader ForAnotherSend()
    {
        var text = new string(_text);
        Remember(text);
        return new BearerHeader(this, text, Body);
    }

    public void AddTo(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation(Name, _text);

    /// <summary>Removes the header: before the request is sent again, only the primary handler can have added it.</summary>
    public static void Clear(HttpRequestMessage request) => request.Headers.Authorization = null;

    /// <summary>Removes this header, but keeps one that a primary handler with its own credentials has set instead or in addition.</summary>
    /// <returns>Whether there was a header: .NET removes it on every redirect.</returns>
    public bool RemoveFrom(HttpRequestMessage request)
    {
        if (!request.Headers.NonValidated.TryGetValues(Name, out var values))
            return false;

        // Compared by text, without parsing: an inner handler that reads the header creates another object.
        var text = values.ToString();
        if (!ReferenceEquals(text, _text) && IsOfAnotherSend(text))
            return true;

        if (text == _text)
            request.Headers.Authorization = null;
        else if (values.Contains(_text, StringComparer.Ordinal))
            RemoveText(request, values.Where(value => value != _text).ToArray());

        return true;
    }

    // Another send of the same request is under way, and has replaced this header.
    private static bool IsOfAnotherSend(string text) =>
        Array.Exists(Volatile.Read(ref s_all), known => known.TryGetTarget(out var ours) && ReferenceEquals(ours, text));

    private static void RemoveText(HttpRequestMessage request, string[] others)
    {
        request.Headers.Authorization = null;
        request.Headers.TryAddWithoutValidation(Name, others);
    }

    private static void Remember(string text)
    {
        var added = new WeakReference<string>(text);
        while (true)
        {
            var all = Volatile.Read(ref s_all);
            if (Interlocked.CompareExchange(ref s_all, [.. Array.FindAll(all, known => known.TryGetTarget(out _)), added], all) == all)
                return;
        }
    }
}
