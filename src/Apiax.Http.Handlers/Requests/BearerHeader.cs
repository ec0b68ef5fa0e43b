using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The <c>Authorization</c> header of one account's token, made once for many requests.</summary>
/// <remarks>
/// <para>Always <c>Bearer</c>, never the <c>token_type</c> of an answer (<see href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750 §2.1</see>).</para>
/// <para>It goes on as text: an <see cref="System.Net.Http.Headers.AuthenticationHeaderValue"/> writes itself anew on every send, 2.4 KB for a token of
/// 1.2 KB, and one that keeps its text still costs 32 B a request. Nothing looks at the characters on the way out; <see cref="ApiaxAccessToken"/> did.</para>
/// </remarks>
[DebuggerDisplay("Bearer [redacted]")]
internal sealed class BearerHeader(ApiaxAccessToken token, HandlerSettings account)
{
    private const string Name = "Authorization";

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _text = "Bearer " + token.Value;

    public ApiaxAccessToken Token { get; } = token;

    public HandlerSettings Account { get; } = account;

    /// <summary>Whether a request has an <c>Authorization</c> header; not parsed, so that a caller's own goes out exactly as it is.</summary>
    public static bool IsOn(HttpRequestMessage request) => request.Headers.NonValidated.Contains(Name);

    public void AddTo(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation(Name, _text);

    /// <summary>Removes whatever the header holds: before the request is sent again it can only be what the primary handler has added.</summary>
    public static void Clear(HttpRequestMessage request) => request.Headers.Authorization = null;

    /// <summary>Takes this header off, and leaves what a primary handler with credentials of its own has put in its place or beside it.</summary>
    /// <returns>Whether there was a header: .NET takes it off on every redirect.</returns>
    public bool RemoveFrom(HttpRequestMessage request)
    {
        // By its text, at no cost while nobody has read it: an inner handler that does makes another object of it.
        if (!request.Headers.NonValidated.TryGetValues(Name, out var values))
            return false;

        if (values.ToString() == _text)
            request.Headers.Authorization = null;
        else if (values.Contains(_text, StringComparer.Ordinal))
            TakeOut(request, values.Where(value => value != _text).ToArray());

        return true;
    }

    private static void TakeOut(HttpRequestMessage request, string[] others)
    {
        request.Headers.Authorization = null;
        request.Headers.TryAddWithoutValidation(Name, others);
    }
}
