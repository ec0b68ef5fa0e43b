using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>
/// One flight: uses the refresh token while it is valid, otherwise the password. Each login opens a session on the server, and uses one of the few attempts that
/// an account has.
/// </summary>
/// <param name="client">Sends requests.</param>
/// <param name="credentials">Where the password comes from.</param>
/// <param name="settings">The settings in force.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs events during a flight.</param>
/// <param name="logins">The users of the process; those of the clock if null.</param>
internal sealed class TokenAcquisition(
    TokenClient client,
    IApiaxCredentialsProvider credentials,
    Func<ApiaxAuthOptions> settings,
    TimeProvider time,
    ILogger logger,
    UserLogins? logins = null)
{
    private readonly UserLogins _logins = logins ?? UserLogins.OfProcess(time);
    private volatile string? _username;
    private int _hasWarned;

    public Task<FlightResult> FlyAsync(TokenState state, CancellationToken cancellationToken) =>
        FlyAsync(new FlightPlan(state.Tokens, state.CoolDown) { IsPasswordDueAt = state.IsPasswordDueAt }, cancellationToken);

    public async Task<FlightResult> FlyAsync(FlightPlan plan, CancellationToken cancellationToken)
    {
        var options = settings();
        var start = time.GetUtcNow();
        var timeout = plan.Timeout ?? options.TokenTimeout;
        using var limit = new TimeLimit(timeout, time, cancellationToken);
        var flight = new Flight(options, plan, limit);
        try
        {
            var result = plan.Last is not { } last || !last.CanRefreshAt(start) ? await LoginAsync(flight).ConfigureAwait(false)
                : last.IsSessionEnding ? await SignInAgainAsync(flight, last, cancellationToken).ConfigureAwait(false)
                : await RefreshAsync(flight, last, cancellationToken).ConfigureAwait(false) ?? await LoginAsync(flight).ConfigureAwait(false);

            // Other replicas must know of a password without an answer, also if the process ends.
            if (result.Tokens is null && (result.PasswordPause is null || plan.BeforeLogin is null))
                cancellationToken.ThrowIfCancellationRequested();

            return result.IsLogin ? result with { Superseded = flight.OldSession } : result;
        }
        catch (ApiaxAuthException failure)
        {
            return flight.Failed(failure);
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return flight.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token within {timeout.WholeSeconds()} s: the credentials or an earlier login took too long."));
        }
#pragma warning disable CA1031 // The result must say what was sent and refused before, whatever the exception.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return flight.Failed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"The request to {EndpointAddress.Of(options.TokenEndpoint)} failed unexpectedly.", exception));
        }
    }

    /// <summary>The credentials in force.</summary>
    /// <param name="lastRejected">Whether the last ones were rejected.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiaxAuthException">The credentials could not be obtained.</exception>
    public async Task<ApiaxCredentials> ReadCredentialsAsync(bool lastRejected, CancellationToken cancellationToken)
    {
        try
        {
            // The settings answer at once. A provider that blocks or ignores its cancellation token must not block the flight without end.
            var answer = credentials is SettingsCredentials known
                ? known.Read(lastRejected)
                : await Task.Run(() => credentials.GetCredentialsAsync(new(lastCredentialsRejected: lastRejected), cancellationToken).AsTask(), cancellationToken).OrAbandonedAsync(cancellationToken).ConfigureAwait(false)
                    ?? throw new InvalidOperationException($"{nameof(IApiaxCredentialsProvider)} returned null.");
            _username = answer.Username;

            // For example, a secret's file that was written with echo. It may be intended, so it is sent.
            if (answer.EndsWithLineBreak && Interlocked.Exchange(ref _hasWarned, 1) == 0)
                logger.LineBreakInCredentials();

            return answer;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "The credentials could not be obtained.", exception);
        }
    }

    private Task<FlightResult> LoginAsync(Flight flight) =>
        new PasswordLogin(flight, client, _logins, ReadCredentialsAsync, time, logger).FlyAsync(flight.Limit.Token);

    /// <summary>The session is about to end: the password opens another while calls still use its token. If that fails, the old session is refreshed.</summary>
    private async Task<FlightResult> SignInAgainAsync(Flight flight, TokenSet last, CancellationToken cancellationToken)
    {
        FlightResult login;
        flight.IsSessionEnding = true;
        try
        {
            login = await LoginAsync(flight).ConfigureAwait(false);
        }
        catch (ApiaxAuthException failure)
        {
            login = flight.Failed(failure);
        }

        if (login.Failure is null)
            return login;

        var refreshed = await RefreshAsync(flight, last, cancellationToken).ConfigureAwait(false);
        return refreshed is null ? flight.AfterRefresh(login) : refreshed.AfterLogin(login);
    }

    /// <returns>The flight's result; null to continue with the password.</returns>
    private async Task<FlightResult?> RefreshAsync(Flight flight, TokenSet last, CancellationToken cancellationToken)
    {
        // If the password becomes due, a refresh that is never answered must leave time for the login.
        var (remaining, length) = (flight.Limit.Remaining.AtLeast(TimeSpan.Zero), UserLogin.MinTime(flight.Options));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, flight.Plan.RefreshStop);
        using var limit = new TimeLimit(flight.Plan.IsPasswordDueAt(time.GetUtcNow() + remaining, false) ? length.AtMost(remaining) : remaining, time, stop.Token);
        var outcome = flight.Refresh = await client.RefreshAsync(flight.Options, last, limit, _username, flight.Plan.Other).ConfigureAwait(false);
        if (outcome.Tokens is { } tokens)
            return flight.Refreshed(tokens);

        // For any refusal of a refresh token (expired, revoked, rotated, session ended), the password is used.
        if (outcome.IsRefusal)
            return null;

        return outcome.IsStalled && flight.Plan.IsPasswordDueAt(time.GetUtcNow(), outcome.IsGrantRefused) ? null : flight.Failed(outcome.Failure!);
    }
}
