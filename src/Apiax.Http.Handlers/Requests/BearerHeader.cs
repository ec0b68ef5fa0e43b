using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The <c>Authorization</c> header of one account's token, created once for many requests.</summary>
/// <remarks>
/// <para>Always <c>Bearer</c>, never the <c>token_type</c> of an answer (<see href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750 §2.1</see>).</para>
/// <para>It is added as text: an <see cref="System.Net.Http.Headers.AuthenticationHeaderValue"/> is formatted on every send, with 2.4 KB for a token of
/// 1.2 KB; with cached text it still costs 32 B a request. .NET does not check the characters; <see cref="ApiaxAccessToken"/> did.</para>
/// </remarks>
[DebuggerDisplay("Bearer [redacted]")]
internal sealed class BearerHeader(ApiaxAccessToken token, HandlerSettings account)
{
    private const string Name = "Authorization";

    // A mock of the provider may return null.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _text = "Bearer " + (token ?? throw new InvalidOperationException($"{nameof(IApiaxAccessTokenProvider)} returned null instead of a token.")).Value;

    public ApiaxAccessToken Token { get; } = token;

    public HandlerSettings Account { get; } = account;

    /// <summary>Whether a request has an <c>Authorization</c> header; it is not parsed, so that a caller's own header is sent unchanged.</summary>
    public static bool IsOn(HttpRequestMessage request) => request.Headers.NonValidated.Contains(Name);

    public void AddTo(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation(Name, _text);

    /// <summary>Removes the header: before the request is sent again, only the primary handler can have added it.</summary>
    public static void Clear(HttpRequestMessage request) => request.Headers.Authorization = null;

    /// <summary>Removes this header, but keeps one that a primary handler with its own credentials has set instead or in addition.</summary>
    /// <returns>Whether there was a header: .NET removes it on every redirect.</returns>
    public bool RemoveFrom(HttpRequestMessage request)
    {
        // Compared by text, without parsing: an inner handler that reads the header creates another object.
        if (!request.Headers.NonValidated.TryGetValues(Name, out var values))
            return false;

        if (values.ToString() == _text)
            request.Headers.Authorization = null;
        else if (values.Contains(_text, StringComparer.Ordinal))
            RemoveText(request, values.Where(value => value != _text).ToArray());

        return true;
    }

    private static void RemoveText(HttpRequestMessage request, string[] others)
    {
        request.Headers.Authorization = null;
        request.Headers.TryAddWithoutValidation(Name, others);
    }
}
