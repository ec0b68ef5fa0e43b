using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace Apiax.Http.Handlers;

/// <summary>The <c>Authorization</c> header of one account's token, created once for many requests.</summary>
/// <remarks>
/// <para>Always <c>Bearer</c>, never the <c>token_type</c> of an answer (<see href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750 §2.1</see>).</para>
/// <para>It is added as text: an <see cref="AuthenticationHeaderValue"/> is formatted on every send, with 2.4 KB for a token of
/// 1.2 KB; with cached text it still costs 32 B a request. .NET does not check the characters; <see cref="ApiaxAccessToken"/> did.</para>
/// </remarks>
[DebuggerDisplay("Bearer [redacted]")]
internal sealed class BearerHeader
{
    private const string Name = "Authorization";

    // The texts of the headers that handlers keep, and of those of calls that are under way, with their accounts. Few: one for each token of an account.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private static readonly ConditionalWeakTable<string, IHostTokens> s_texts = new();

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _text;

    public BearerHeader(ApiaxAccessToken token, HandlerSettings settings)
    {
        // A mock of the provider may return null.
        var text = "Bearer " + (token ?? throw new InvalidOperationException($"{nameof(IApiaxAccessTokenProvider)} returned null instead of a token.")).Value;
        (_text, Token, Settings) = (Find(text, settings.Tokens) ?? text, token, settings);
        s_texts.AddOrUpdate(_text, settings.Tokens);
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
    /// <param name="request">The request.</param>
    /// <param name="tokens">The account; if null, tokens of any account are removed.</param>
    /// <param name="isUnderWay">Whether another send of this request may be under way.</param>
    /// <returns>Whether there was one.</returns>
    public static bool RemoveAny(HttpRequestMessage request, IHostTokens? tokens, out bool isUnderWay)
    {
        request.Headers.NonValidated.TryGetValues(Name, out var values);
        isUnderWay = values.Any(IsKnown);
        return Remove(request, values, value => Find(value, tokens) is not null);
    }

    /// <summary>The same header for a request with a body.</summary>
    public BearerHeader With(RequestBody? body) => new(this, _text, body);

    /// <summary>The same header, for a request that is being sent already by code that has not waited for its end (a timeout with a retry): that send must not remove this one.</summary>
    public BearerHeader ForAnotherSend()
    {
        var text = new string(_text);
        s_texts.Add(text, Settings.Tokens);
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

        if (values.Count == 1 && ReferenceEquals(values.ToString(), _text))
            Clear(request);
        else
            Remove(request, values, IsOfThisSend);

        return true;
    }

    // Compared by text, without parsing: an inner handler that reads the header creates another object. One that is known is of another send of the same
    // request, which is under way and has replaced this header.
    private bool IsOfThisSend(string value) => value == _text && (ReferenceEquals(value, _text) || !IsKnown(value));

    private static bool IsKnown(string text) => s_texts.TryGetValue(text, out _);

    private static string? Find(string text, IHostTokens? tokens)
    {
        foreach (var (known, account) in s_texts)
        {
            if (known == text && (tokens is null || account == tokens))
                return known;
        }

        return null;
    }

    private static bool Remove(HttpRequestMessage request, HeaderStringValues values, Func<string, bool> isOurs)
    {
        var others = values.Where(value => !isOurs(value)).ToArray();
        if (others.Length == values.Count)
            return false;

        Clear(request);
        request.Headers.TryAddWithoutValidation(Name, others);
        return true;
    }
}
