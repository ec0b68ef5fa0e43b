namespace Apiax.Http.Handlers;

/// <summary>The form of one grant, as Apiax's page prescribes it.</summary>
internal sealed class TokenRequest
{
    // Two failures within a second lock a user (Keycloak's quick login check), and the server may have seen an attempt whose answer we did not.
    private static readonly TimeSpan LoginSpacing = TimeSpan.FromSeconds(1.5);

    private readonly List<KeyValuePair<string, string>> _form = [];
    private readonly string _secret;

    private TokenRequest(ApiaxAuthOptions options, string grantType, string secret)
    {
        Options = options;
        _secret = secret;
        Add("client_id", options.ClientId);
        Add("grant_type", grantType);
        if (!string.IsNullOrEmpty(options.Scope))
            Add("scope", options.Scope);
    }

    public ApiaxAuthOptions Options { get; }

    /// <summary>The least time between two attempts.</summary>
    public TimeSpan Spacing { get; private init; }

    public HttpContent Content => new FormUrlEncodedContent(_form);

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2">RFC 6749 §4.3.2</see>.</summary>
    public static TokenRequest Login(ApiaxAuthOptions options, ApiaxCredentials credentials)
    {
        var request = new TokenRequest(options, "password", credentials.Password) { Spacing = LoginSpacing };
        request.Add("username", credentials.Username);
        request.Add("password", credentials.Password);
        return request;
    }

    /// <summary><see href="https://www.rfc-editor.org/rfc/rfc6749#section-6">RFC 6749 §6</see>.</summary>
    public static TokenRequest Refresh(ApiaxAuthOptions options, string refreshToken)
    {
        var request = new TokenRequest(options, "refresh_token", refreshToken);
        request.Add("refresh_token", refreshToken);
        if (options.SendClientAssertionType)
            request.Add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        return request;
    }

    /// <summary>A server's text as it may stand in a message: bounded, without control characters, without the secret that it may echo.</summary>
    public string? Presentable(string? text, int length)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;

        var safe = text.Replace(_secret, "[redacted]", StringComparison.OrdinalIgnoreCase).Where(character => !char.IsControl(character));
        return new string([.. safe.Take(length)]);
    }

    /// <summary>It may work later: not before the server's wish and the spacing between two attempts, be they of one flight or of two.</summary>
    public ApiaxAuthException Unavailable(string message, TimeSpan? retryAfter = null, Exception? cause = null) =>
        new(ApiaxAuthFailure.Unavailable, message, cause) { RetryAfter = retryAfter > Spacing ? retryAfter : Spacing };

    private void Add(string name, string value) => _form.Add(new(name, value));
}
