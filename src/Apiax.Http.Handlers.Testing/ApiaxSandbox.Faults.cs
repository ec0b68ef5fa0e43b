namespace Apiax.Http.Handlers.Testing;

// What goes wrong, on demand. Faults queue up: each is used up before the next one begins.
public sealed partial class ApiaxSandbox
{
    private static readonly TimeSpan ArrivalTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether the API answers every call with 401, whatever its token.</summary>
    /// <value>Default: <see langword="false"/>.</value>
    public bool RejectEveryToken
    {
        get => _api.RejectEveryToken;
        set => _api.RejectEveryToken = value;
    }

    /// <summary>Answers the next token requests with a bare status and a page that is not JSON, as a proxy or a server under load does.</summary>
    /// <param name="statusCode">The status, 503 for instance.</param>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <param name="retryAfter">What the header <c>Retry-After</c> says, in whole seconds; without it there is no such header.</param>
    /// <param name="grantType"><c>password</c> or <c>refresh_token</c>, for a fault that only these requests meet.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void FailTokenRequests(int statusCode, int times = 1, TimeSpan? retryAfter = null, string? grantType = null) =>
        _tokenEndpoint.Faults.Add(TokenFault.Status(statusCode, retryAfter, grantType), times);

    /// <summary>Answers the next token requests with this text.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">The header <c>Content-Type</c>.</param>
    /// <param name="statusCode">The status.</param>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <param name="grantType"><c>password</c> or <c>refresh_token</c>, for a fault that only these requests meet.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void AnswerTokenRequests(string body, string contentType = "application/json", int statusCode = 200, int times = 1, string? grantType = null) =>
        _tokenEndpoint.Faults.Add(TokenFault.Text(body, contentType, statusCode, grantType), times);

    /// <summary>Closes the connection of the next token requests before anything is done.</summary>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void DropTokenRequests(int times = 1) => _tokenEndpoint.Faults.Add(TokenFault.Drop, times);

    /// <summary>Handles the next token requests, and closes the connection instead of answering: a refresh token may be used up, and its successor lost.</summary>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void DropTokenAnswers(int times = 1) => _tokenEndpoint.Faults.Add(TokenFault.DropAnswer, times);

    /// <summary>Handles the next token requests, and sends the beginning of an answer and nothing more, until their client has gone.</summary>
    /// <param name="times">How many token requests; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void HangTokenAnswers(int times = 1) => _tokenEndpoint.Faults.Add(TokenFault.HangAnswer, times);

    /// <summary>Makes every token request from now on wait before it is handled.</summary>
    /// <param name="delay">How long, in real time whatever the sandbox's clock; zero to end it.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative.</exception>
    public void DelayTokenRequests(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        _tokenEndpoint.Gate.Delay = delay;
    }

    /// <summary>Keeps token requests waiting until the hold is disposed: <c>using var hold = apiax.HoldTokenRequests();</c></summary>
    /// <returns>The hold. Token requests go on when the last hold is disposed.</returns>
    /// <remarks>A request is handled when it is let go: a fault asked for while it waits is for it too. One whose client has gone is not handled.</remarks>
    public IDisposable HoldTokenRequests() => _tokenEndpoint.Gate.Hold();

    /// <summary>Waits until so many token requests have arrived since the sandbox started, those that are held included.</summary>
    /// <param name="count">How many.</param>
    /// <param name="timeout">How long to wait at most, in real time. Default: 10 seconds.</param>
    /// <exception cref="TimeoutException">Fewer have arrived by then.</exception>
    public Task TokenRequestsArrived(int count, TimeSpan? timeout = null) =>
        _tokenEndpoint.Requests.ArrivedAsync(count, timeout ?? ArrivalTimeout);

    /// <summary>Answers the next API calls that carry a live token with this status instead of their stub.</summary>
    /// <param name="statusCode">The status. 401 says that the token is invalid and counts as one of <see cref="UnauthorizedCalls"/>.</param>
    /// <param name="times">How many calls; <see cref="int.MaxValue"/> for all until <see cref="ClearFaults"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is not more than zero.</exception>
    public void FailApiCalls(int statusCode, int times = 1) => _api.Faults.Add(statusCode, times);

    /// <summary>Ends every fault and delay, and whatever a property of this class makes go wrong; holds stay.</summary>
    public void ClearFaults()
    {
        RealmEnabled = true;
        LoginDuration = DefaultLoginDuration;
        IngressTimeout = Timeout.InfiniteTimeSpan;
        AnswerEncoding = null;
        RequireUserAgent = false;
        RefuseHalfAssertions = false;
        RejectionStatus = 401;
        _tokenEndpoint.Faults.Clear();
        _tokenEndpoint.Gate.Delay = TimeSpan.Zero;
        _api.Faults.Clear();
        _api.RejectEveryToken = false;
    }
}
