namespace Apiax.Http.Handlers;

/// <summary>
/// One flight: the refresh token while it lives, the password otherwise. Each login opens a session on the server that nobody closes,
/// and costs one of the few attempts that an account has.
/// </summary>
internal sealed class TokenAcquisition(TokenClient client, IApiaxCredentialsProvider credentials, Func<ApiaxAuthOptions> settings, TimeProvider time)
{
    public Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken) =>
        FlyAsync(new FlightPlan(state.Tokens, state.CoolDown), cancellationToken);

    public async Task<FlightResult> FlyAsync(FlightPlan plan, CancellationToken cancellationToken)
    {
        var options = settings();
        var start = time.GetUtcNow();
        var timeout = plan.Timeout ?? options.TokenTimeout;
        using var limit = new TimeLimit(timeout, time, cancellationToken);
        var flight = new Flight(options, start + timeout);

        try
        {
            if (plan.Last is { IsSessionEnding: true } && plan.Last.CanRefreshAt(start))
                return await SignInAnewAsync(flight, plan, start, limit.Token).ConfigureAwait(false);

            return await RefreshAsync(flight, plan.Last, start, limit.Token).ConfigureAwait(false)
                ?? await LoginAsync(flight, plan, limit.Token).ConfigureAwait(false);
        }
        catch (ApiaxAuthException failure)
        {
            return flight.Failed(failure);
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return flight.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token from {EndpointAddress.Of(options.TokenEndpoint)} within {timeout}."));
        }
#pragma warning disable CA1031 // A handler of the application may throw anything; what was sent and refused before must be known all the same.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return flight.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"The request to {EndpointAddress.Of(options.TokenEndpoint)} failed unexpectedly.", exception));
        }
    }

    /// <summary>The session comes to its end: the password opens another while calls go on with its token; without success, what is left of it is used.</summary>
    private async Task<FlightResult> SignInAnewAsync(Flight flight, FlightPlan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        FlightResult login;
        try
        {
            login = await LoginAsync(flight, plan, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiaxAuthException failure)
        {
            login = flight.Failed(failure);
        }

        if (login.Failure is null)
            return login;

        var refreshed = await RefreshAsync(flight, plan.Last, now, cancellationToken).ConfigureAwait(false);
        return refreshed?.AfterLogin(login) ?? login.After(flight.RefreshRefusal);
    }

    private async Task<FlightResult?> RefreshAsync(Flight flight, TokenSet? last, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (last?.CanRefreshAt(now) != true)
            return null;

        try
        {
            var tokens = await client.RefreshAsync(flight.Options, last, flight.Deadline, cancellationToken).ConfigureAwait(false);
            return FlightResult.Refreshed(tokens);
        }
        catch (ApiaxAuthException refusal) when (refusal.IsVerdict)
        {
            // Whatever a server has against a refresh token (expired, revoked, rotated away, session gone), the password settles it.
            flight.RefreshRefusal = refusal.Error ?? "no error code";
            return null;
        }
    }

    private async Task<FlightResult> LoginAsync(Flight flight, FlightPlan plan, CancellationToken cancellationToken)
    {
        var pair = await AskAsync(plan.CoolDown is not null, cancellationToken).ConfigureAwait(false);
        var fingerprint = CredentialsFingerprint.Of(pair.Username, pair.Password);
        var coolDown = plan.CoolDown;
        if (coolDown?.Forbids(fingerprint, time.GetUtcNow()) == true)
            return flight.Failed(coolDown.Failure);

        if (plan.BeforeLogin is { } check && await check(pair, flight.RefreshRefusal is not null, cancellationToken).ConfigureAwait(false) is { } settled)
            return settled.After(flight.RefreshRefusal);

        flight.Credentials = fingerprint;
        var tokens = await client.LoginAsync(flight.Options, pair, flight.Deadline, cancellationToken).ConfigureAwait(false);
        return FlightResult.LoggedIn(tokens, fingerprint, flight.RefreshRefusal);
    }

    /// <summary>The credentials in force.</summary>
    /// <param name="lastRejected">Whether those that were answered last have been rejected.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiaxAuthException">They could not be had.</exception>
    public async Task<ApiaxCredentials> AskAsync(bool lastRejected, CancellationToken cancellationToken)
    {
        try
        {
            // A provider that blocks or ignores its cancellation token must not hold the flight, and all its callers, for ever.
            var answer = Task.Run(() => credentials.GetCredentialsAsync(new ApiaxCredentialsRequest(rejected: lastRejected), cancellationToken).AsTask(), cancellationToken);
            return await answer.OrAbandonedAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"{nameof(IApiaxCredentialsProvider)} returned null.");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The credentials could not be had.", exception);
        }
    }

    /// <summary>What must be known of a flight however it ends.</summary>
    private sealed class Flight(ApiaxAuthOptions options, DateTimeOffset deadline)
    {
        public ApiaxAuthOptions Options { get; } = options;

        public DateTimeOffset Deadline { get; } = deadline;

        public CredentialsFingerprint? Credentials { get; set; }

        public string? RefreshRefusal { get; set; }

        public FlightResult Failed(ApiaxAuthException failure) => FlightResult.Failed(failure, Credentials, RefreshRefusal);
    }
}
