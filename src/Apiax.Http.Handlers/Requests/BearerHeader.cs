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

    // Of a send that began while another one of its request was under way.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly SendValue? _value;

    public BearerHeader(ApiaxAccessToken token, HandlerSettings settings)
    {
        // A mock of the provider may return null.
        var text = "Bearer " + (token ?? throw new InvalidOperationException($"{nameof(IApiaxAccessTokenProvider)} returned null instead of a token.")).Value;
        (_text, Token, Settings) = (Find(text, settings.Tokens) ?? text, token, settings);
        s_texts.AddOrUpdate(_text, settings.Tokens);
    }

    private BearerHeader(BearerHeader original, RequestBody? body, SendValue? value)
    {
        (_text, Token, Settings, Body, RejectedAt, _value) = (original._text, original.Token, original.Settings, body, original.RejectedAt, value);
    }

    public ApiaxAccessToken Token { get; }

    public HandlerSettings Settings { get; }

    /// <summary>The request's body for the next send; null if it has none, or the primary handler does not change it.</summary>
    public RequestBody? Body { get; }

    /// <summary>The URL that rejected the token that this one replaces; null if it replaces none.</summary>
    public Uri? RejectedAt { get; private init; }

    /// <summary>Whether a request has an <c>Authorization</c> header; it is not parsed, so that a caller's own header is sent unchanged.</summary>
    public static bool IsOn(HttpRequestMessage request) => request.Headers.NonValidated.Contains(Name);

    /// <summary>Removes a token that this library has added: the request is a copy of one that is under way (a hedge, a retry after a timeout), or that one itself.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tokens">The account; if null, tokens of any account are removed.</param>
    /// <returns>Whether there was one: another send of this request may be under way.</returns>
    public static bool RemoveAny(HttpRequestMessage request, IHostTokens? tokens) =>
        request.Headers.NonValidated.TryGetValues(Name, out var values) && Remove(request, values, (_, value) => Find(value, tokens) is not null);

    /// <summary>The same header for a request with a body.</summary>
    public BearerHeader With(RequestBody body) => new(this, body, _value);

    /// <summary>The same header for a request that was sent with another token.</summary>
    public BearerHeader InsteadOf(BearerHeader rejected, Uri api) => new(this, rejected.Body, _value) { RejectedAt = api };

    /// <summary>The same header, for a request that is being sent already by code that has not waited for its end (a timeout with a retry): that send must not remove this one.</summary>
    public BearerHeader ForAnotherSend() => new(this, Body, new SendValue(Token.Value));

    public void AddTo(HttpRequestMessage request)
    {
        if (_value is null || IsOn(request))
            request.Headers.TryAddWithoutValidation(Name, _text);
        else
            request.Headers.Authorization = _value;
    }

    /// <summary>Removes the header of the primary handler, and that of another send, before the request is sent again.</summary>
    /// <returns>This header for the next send.</returns>
    public BearerHeader Replace(HttpRequestMessage request)
    {
        var isUnderWay = RemoveAny(request, tokens: null);
        Clear(request);
        return isUnderWay ? ForAnotherSend() : this;
    }

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

    // Compared by text: an inner handler that reads the header creates another object. Another send of the same request, which is under way, may have replaced this header.
    private bool IsOfThisSend(HttpRequestMessage request, string value) =>
        value == _text && ReferenceEquals(request.Headers.Authorization as SendValue ?? _value, _value);

    private static void Clear(HttpRequestMessage request) => request.Headers.Authorization = null;

    private static string? Find(string text, IHostTokens? tokens)
    {
        foreach (var (known, account) in s_texts)
        {
            if (known == text && (tokens is null || account == tokens))
                return known;
        }

        return null;
    }

    private static bool Remove(HttpRequestMessage request, HeaderStringValues values, Func<HttpRequestMessage, string, bool> isOurs)
    {
        var others = values.Where(value => !isOurs(request, value)).ToArray();
        if (others.Length == values.Count)
            return false;

        Clear(request);
        request.Headers.TryAddWithoutValidation(Name, others);
        return true;
    }

    /// <summary>The header of one send. A text would become another object when an inner handler reads the header: it would not show which send it is of.</summary>
    private sealed class SendValue(string token) : AuthenticationHeaderValue("Bearer", token);
}
