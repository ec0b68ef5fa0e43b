namespace Apiax.Http.Handlers.Testing;

// Faults on demand. They form a queue: each is used up before the next one begins.
public sealed partial class ApiaxSandbox
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether the API rejects every token, with <see cref="RejectionStatus"/>.</summary>
    /// <value>Default: <see langword="false"/>.</value>
    public bool RejectEveryToken
    {
        get => _api.RejectEveryToken;
        set => _api.RejectEveryToken = value;
    }

    /// <summary>Answers the next token requests with a status and a page that is not JSON, like a proxy or an overloaded server.</summary>
    /// <param name="statusCode">The status, for example 503: 200 to 599. A 204, 205 or 304 has no page.</param>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <param name="retryAfter">The value of the header <c>Retry-After</c>, in whole seconds; no header if null.</param>
    /// <param name="grantType"><c>password</c> or <c>refresh_token</c>, for a fault that only these requests meet.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero, <paramref name="retryAfter"/> is negative, or <paramref name="statusCode"/> is not the status of an answer.</exception>
    public void FailTokenRequests(int statusCode, int times = 1, TimeSpan? retryAfter = null, string? grantType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retryAfter ?? default, TimeSpan.Zero, nameof(retryAfter));
        _tokenEndpoint.Faults.Add(TokenFault.Status(Bounds.Status(statusCode), retryAfter, grantType), times);
    }

    /// <summary>Answers the next token requests with this body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">The header <c>Content-Type</c>.</param>
    /// <param name="statusCode">The status: 200 to 599. A 204, 205 or 304 has no body.</param>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <param name="grantType"><c>password</c> or <c>refresh_token</c>, for a fault that only these requests meet.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero, or <paramref name="statusCode"/> is not the status of an answer.</exception>
    public void AnswerTokenRequests(string body, string contentType = "application/json", int statusCode = 200, int times = 1, string? grantType = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(contentType);
        _tokenEndpoint.Faults.Add(TokenFault.Text(body, contentType, Bounds.Status(statusCode), grantType), times);
    }

    /// <summary>Closes the connection of the next token requests without handling them.</summary>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void DropTokenRequests(int times = 1) => _tokenEndpoint.Faults.Add(TokenFault.Drop, times);

    /// <summary>Handles the next token requests, then closes the connection instead of answering: a refresh token may be used up and its successor lost.</summary>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void DropTokenAnswers(int times = 1) => _tokenEndpoint.Faults.Add(TokenFault.DropAnswer, times);

    /// <summary>Handles the next token requests, sends only the beginning of the answer, and keeps the connection open until the client closes it.</summary>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void HangTokenAnswers(int times = 1) => _tokenEndpoint.Faults.Add(TokenFault.HangAnswer, times);

    /// <summary>Delays every token request from now on before it is handled.</summary>
    /// <param name="delay">How long, in real time, not by the sandbox's clock; zero for none. At most a day.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative or more than a day.</exception>
    public void DelayTokenRequests(TimeSpan delay) => _tokenEndpoint.Gate.Delay.Length = Bounds.RealTime(delay);

    /// <summary>Keeps token requests waiting until the hold is disposed: <c>using var hold = apiax.HoldTokenRequests();</c></summary>
    /// <returns>The hold. Token requests go on when the last hold is disposed.</returns>
    /// <remarks>A request is handled when the hold ends: a fault added while it waits applies to it, too. If its client has disconnected, it is not handled.</remarks>
    public IDisposable HoldTokenRequests() => _tokenEndpoint.Gate.Hold();

    /// <summary>Waits until this number of token requests has arrived since the sandbox started, including held ones. They may still be pending.</summary>
    /// <param name="count">How many.</param>
    /// <param name="timeout">How long to wait at most, in real time. Default: 10 seconds.</param>
    /// <exception cref="TimeoutException">Fewer requests arrived in that time.</exception>
    public Task TokenRequestsArrivedAsync(int count, TimeSpan? timeout = null) =>
        _tokenEndpoint.Requests.ArrivedAsync(count, timeout ?? WaitTimeout);

    /// <summary>Waits until this number of token requests since the sandbox started has a <see cref="SandboxTokenRequest.Outcome"/>, also those whose client has disconnected.</summary>
    /// <param name="count">How many.</param>
    /// <param name="timeout">How long to wait at most, in real time. Default: 10 seconds.</param>
    /// <exception cref="TimeoutException">Fewer requests had an outcome in that time.</exception>
    public Task TokenRequestsAnsweredAsync(int count, TimeSpan? timeout = null) =>
        _tokenEndpoint.Requests.AnsweredAsync(count, timeout ?? WaitTimeout);

    /// <summary>Answers the next API calls that have a valid token with this status instead of their stub.</summary>
    /// <param name="statusCode">The status: 200 to 599. A 401 says that the token is invalid, and counts as one of <see cref="UnauthorizedCalls"/>.</param>
    /// <param name="times">How many calls; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero, or <paramref name="statusCode"/> is not the status of an answer.</exception>
    public void FailApiCalls(int statusCode, int times = 1) => _api.Faults.Add(Bounds.Status(statusCode), times);

    /// <summary>Removes every fault and delay, also for requests that are being delayed, and resets the properties of this class that cause faults; holds stay.</summary>
    public void ClearFaults()
    {
        RealmEnabled = true;
        IngressTimeout = Timeout.InfiniteTimeSpan;
        AnswerEncoding = null;
        RequireUserAgent = false;
        RefuseHalfAssertions = false;
        RejectionStatus = 401;
        _tokenEndpoint.Faults.Clear();
        _tokenEndpoint.Gate.Delay.Reset();
        _realm.PasswordCheck.Reset();
        _api.Faults.Clear();
        _api.RejectEveryToken = false;
    }
}
