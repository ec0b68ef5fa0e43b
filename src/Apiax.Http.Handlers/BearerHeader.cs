using System.Net.Http.Headers;

namespace Apiax.Http.Handlers;

/// <summary>
/// The <c>Authorization</c> header of one token. Being the very instance that was put on a request, it tells our header from anybody
/// else's, without an entry in the request's options; and it keeps its text, which the base class makes anew on every send: 2.5 KB for a token of 1.2 KB.
/// </summary>
/// <remarks>Always <c>Bearer</c>, never the <c>token_type</c> of an answer (<see href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750 §2.1</see>).</remarks>
internal sealed class BearerHeader(AccessToken token) : AuthenticationHeaderValue("Bearer", token.Value)
{
    private readonly string _text = "Bearer " + token.Value;

    public AccessToken Token { get; } = token;

    public override string ToString() => _text;
}
