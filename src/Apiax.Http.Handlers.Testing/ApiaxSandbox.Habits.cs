namespace Apiax.Http.Handlers.Testing;

// How the servers behave until told otherwise. ClearFaults brings the defaults back.
public sealed partial class ApiaxSandbox
{
    /// <summary>Whether the realm is enabled. While it is not, every token request is refused with 403, <c>access_denied</c>, <c>Realm not enabled</c>.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool RealmEnabled
    {
        get => _realm.IsEnabled;
        set => _realm.IsEnabled = value;
    }

    /// <summary>How long the check of a password takes: another login of the same user meanwhile is refused, see <see cref="ApiaxSandboxOptions.BruteForceDetection"/>. A login goes on when its client has gone.</summary>
    /// <value>In real time, whatever the sandbox's clock. Default: 50 milliseconds, as measured of Keycloak.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan LoginDuration
    {
        get => _realm.LoginDuration;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            _realm.LoginDuration = value;
        }
    }

    /// <summary>How long an ingress in front of the token endpoint waits before it answers 504 with a page. What the endpoint does goes on: a slow login opens its session.</summary>
    /// <value>In real time, whatever the sandbox's clock. Default: <see cref="Timeout.InfiniteTimeSpan"/>, no ingress.</value>
    public TimeSpan IngressTimeout
    {
        get => _tokenEndpoint.IngressTimeout;
        set => _tokenEndpoint.IngressTimeout = value;
    }

    /// <summary>How answers of the token endpoint are compressed, whatever the client says that it accepts.</summary>
    /// <value><c>gzip</c>, <c>br</c> or <c>deflate</c>. Default: <see langword="null"/>, not at all.</value>
    /// <exception cref="ArgumentException">The value is another one.</exception>
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

    /// <summary>Whether a <c>client_assertion_type</c> without a <c>client_assertion</c>, which Apiax's page prescribes, is refused with <c>invalid_request</c>, as OpenIddict does.</summary>
    /// <value>Default: <see langword="false"/>, as Keycloak.</value>
    public bool RefuseHalfAssertions
    {
        get => _tokenEndpoint.RefusesHalfAssertions;
        set => _tokenEndpoint.RefusesHalfAssertions = value;
    }

    /// <summary>The status with which the API rejects a token; 403 for an API that answers so to dead tokens. <c>WWW-Authenticate</c> goes with 401 alone.</summary>
    /// <value>Default: 401.</value>
    public int RejectionStatus
    {
        get => _api.RejectionStatus;
        set => _api.RejectionStatus = value;
    }
}
