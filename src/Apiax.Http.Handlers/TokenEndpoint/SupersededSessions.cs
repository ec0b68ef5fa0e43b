namespace Apiax.Http.Handlers;

/// <summary>
/// Sessions that only this process uses and no longer refreshes: each is ended when its access token expires, since calls may be using that, or when the process
/// ends.
/// </summary>
/// <param name="end">Ends a session by its refresh token; does not throw.</param>
/// <param name="time">The clock.</param>
internal sealed class SupersededSessions(Func<string, Task> end, TimeProvider time)
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly Dictionary<string, (ITimer Timer, TokenSet Tokens)> _sessions = new(StringComparer.Ordinal);

    /// <summary>Callers may use the access token until it expires; the refresh token is no longer used.</summary>
    public void Add(TokenSet? tokens)
    {
        var now = time.GetUtcNow();
        if (tokens is not { RefreshToken: { } token } || !tokens.CanRefreshAt(now))
            return;

        ITimer timer;
        lock (_gate)
        {
            if (_sessions.ContainsKey(token))
                return;

            timer = time.CreateTimer(_ => _ = EndAsync(token), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _sessions.Add(token, (timer, tokens));
        }

        // If the access token has expired, at once.
        timer.Change((tokens.AccessToken.ExpiresOn - now).AtLeast(TimeSpan.Zero), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends all of them now, within two seconds at most.</summary>
    public async Task EndAllAsync()
    {
        List<string> tokens;
        lock (_gate)
            tokens = [.. _sessions.Keys];

        await Task.WhenAny(Task.WhenAll(tokens.Select(EndAsync)), Task.Delay(EndTimeout, time)).ConfigureAwait(false);
    }

    private async Task EndAsync(string token)
    {
        (ITimer Timer, TokenSet Tokens) session;
        lock (_gate)
        {
            if (!_sessions.Remove(token, out session))
                return;
        }

        await session.Timer.DisposeAsync().ConfigureAwait(false);

        // Otherwise it has ended by itself.
        if (session.Tokens.CanRefreshAt(time.GetUtcNow()))
            await end(token).ConfigureAwait(false);
    }
}
