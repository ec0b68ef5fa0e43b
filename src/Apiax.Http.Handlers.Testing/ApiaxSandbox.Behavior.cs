namespace Apiax.Http.Handlers.Testing;

// How the servers behave. ClearFaults restores the defaults.
public sealed partial class ApiaxSandbox
{
    /// <summary>Whether the realm is enabled. If false, every token request is refused with 403, <c>access_denied</c>, <c>Realm not enabled</c>.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool RealmEnabled
    {
        get => _realm.IsEnabled;
        set => _realm.IsEnabled = value;
    }

    /// <summary>
    /// How long the check of a password takes. In that time, another login of the same user is refused at once, see <see cref="ApiaxSandboxOptions.BruteForceDetection"/>.
    /// A login continues when its client has disconnected.
    /// </summary>
    /// <value>In real time, not by the sandbox's clock; at most a day. Default: 50 milliseconds, as measured with Keycloak.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or more than a day.</exception>
    public TimeSpan LoginDuration
    {
        get => _realm.PasswordCheck.Length;
        set => _realm.PasswordCheck.Length = Bounds.RealTime(value);
    }

    /// <summary>
    /// How long an ingress in front of the token endpoint waits before it answers 504 with a page. The endpoint continues: a slow login still opens its
    /// session.
    /// </summary>
    /// <value>In real time, not by the sandbox's clock; at most a day. Default: <see cref="Timeout.InfiniteTimeSpan"/>, no ingress.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or more than a day.</exception>
    public TimeSpan IngressTimeout
    {
        get => _tokenEndpoint.IngressTimeout;
        set => _tokenEndpoint.IngressTimeout = value == Timeout.InfiniteTimeSpan ? value : Bounds.RealTime(value);
    }

    /// <summary>How answers of the token endpoint are compressed, regardless of what the client accepts.</summary>
    /// <value><c>gzip</c>, <c>br</c> or <c>deflate</c>. Default: <see langword="null"/>, no compression.</value>
    /// <exception cref="ArgumentException">The value is not one of these.</exception>
    public string? AnswerEncoding
    {
        get => _front.Encoding;
        set
        {
            if (value is not null)
                RealmFront.Encoder(Stream.Null, value).Dispose();
            _front.Encoding = value;
        }
    }

    /// <summary>Whether a firewall answers token requests without a <c>User-Agent</c> with 403 and a page.</summary>
    /// <value>Default: <see langword="false"/>.</value>
    public bool RequireUserAgent
    {
        get => _front.RequiresUserAgent;
        set => _front.RequiresUserAgent = value;
    }

    /// <summary>
    /// Whether a <c>client_assertion_type</c> without a <c>client_assertion</c>, as Apiax documents, is refused with <c>invalid_request</c>, as by
    /// OpenIddict.
    /// </summary>
    /// <value>Default: <see langword="false"/>, as in Keycloak.</value>
    public bool RefuseHalfAssertions
    {
        get => _tokenEndpoint.RefusesHalfAssertions;
        set => _tokenEndpoint.RefusesHalfAssertions = value;
    }

    /// <summary>The status with which the API rejects a token; 403 for an API that rejects invalid tokens with it. Only a 401 has <c>WWW-Authenticate</c>.</summary>
    /// <value>200 to 599. Default: 401.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not the status of an answer.</exception>
    public int RejectionStatus
    {
        get => _api.RejectionStatus;
        set => _api.RejectionStatus = Bounds.Status(value);
    }
}
