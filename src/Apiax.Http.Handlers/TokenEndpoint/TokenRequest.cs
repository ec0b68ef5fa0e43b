using System.Diagnostics;
using System.Net;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>The form of one grant, as Apiax's page prescribes it.</summary>
internal sealed class TokenRequest
{
    private const string RefreshGrant = "refresh_token";

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly List<KeyValuePair<string, string>> _form = [];

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly IEnumerable<string> _withheld;

    /// <param name="options">The settings.</param>
    /// <param name="grantType">What is asked for.</param>
    /// <param name="username">Whose it is, if that is known.</param>
    /// <param name="secret">What proves it.</param>
    private TokenRequest(ApiaxAuthOptions options, string grantType, string? username, string secret)
    {
        Options = options;
        GrantType = grantType;

        // The secret first: what is left of it would be read off where the name stood in it.
        _withheld = [.. Spellings(secret), .. string.IsNullOrEmpty(username) ? [] : Spellings(username)];
        Add("client_id", options.ClientId);
        Add("grant_type", grantType);
    }

    public ApiaxAuthOptions Options { get; }

    public string GrantType { get; }

    /// <summary>The least time between two attempts.</summary>
    public TimeSpan Spacing { get; private init; }

    public HttpContent Content => new FormUrlEncodedContent(_form);

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2">RFC 6749 §4.3.2</see>.</summary>
    public static TokenRequest Login(ApiaxAuthOptions options, ApiaxCredentials credentials)
    {
        var request = new TokenRequest(options, "password", credentials.Username, credentials.Password) { Spacing = Outage.BetweenPasswords };
        request.Add("username", credentials.Username);
        request.Add("password", credentials.Password);

        // Not with a refresh: a scope beyond what this login was granted would be refused (RFC 6749 §6).
        if (!string.IsNullOrWhiteSpace(options.Scope))
            request.Add("scope", options.Scope);
        return request;
    }

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc6749#section-6">RFC 6749 §6</see>.</summary>
    public static TokenRequest Refresh(ApiaxAuthOptions options, string refreshToken)
    {
        var request = new TokenRequest(options, RefreshGrant, options.Username, refreshToken);
        request.Add("refresh_token", refreshToken);
        if (options.SendClientAssertionType)
            request.Add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        return request;
    }

    /// <summary>A failure as metrics spell it. A refused refresh token is the ordinary end of a session, and must not look like a rejected password.</summary>
    public string KindOf(ApiaxAuthException failure) => GrantType is RefreshGrant && failure.IsVerdict ? "refresh_refused" : failure.Kind;

    /// <summary>A server's text as it may stand in a message: bounded, without control characters, without the secret and the user name that it may echo.</summary>
    public string? Presentable(string? text, int length)
    {
        // Control characters first: an echo that a server has folded into lines is an echo still.
        var safe = string.Concat((text ?? "").Where(character => !char.IsControl(character)));
        if (string.IsNullOrWhiteSpace(safe))
            return null;

        foreach (var spelling in _withheld)
            safe = safe.Replace(spelling, "[redacted]", StringComparison.OrdinalIgnoreCase);

        return safe.Length <= length ? safe : safe[..length];
    }

    private static string[] Spellings(string text) => [text, Uri.EscapeDataString(text), WebUtility.UrlEncode(text), Convert.ToBase64String(Encoding.UTF8.GetBytes(text))];

    private void Add(string name, string value) => _form.Add(new(name, value));
}
