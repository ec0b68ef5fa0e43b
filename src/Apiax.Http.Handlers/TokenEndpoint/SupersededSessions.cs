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

    // No token is valid for longer, even if the clock was set back meanwhile.
    private static readonly TimeSpan MaxLife = TimeSpan.FromDays(1);

    private readonly object _gate = new();
    private readonly Dictionary<string, Task> _sessions = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _endOfAll = new();

    /// <summary>Callers may use the access token until it expires; the refresh token is no longer used.</summary>
    public void Add(TokenSet? tokens)
    {
        var now = time.GetUtcNow();
        if (tokens is not { RefreshToken: { } token } || !tokens.CanRefreshAt(now))
            return;

        // If the access token has expired, at once.
        var life = (tokens.AccessToken.ExpiresOn - now).AtLeast(TimeSpan.Zero).AtMost(MaxLife);
        lock (_gate)
        {
            if (!_sessions.ContainsKey(token))
                _sessions.Add(token, EndAsync(token, tokens, _endOfAll.Task.WaitAsync(life, time)));
        }
    }

    /// <summary>Ends all of them now, within two seconds at most.</summary>
    public async Task EndAllAsync()
    {
        Task[] sessions;
        lock (_gate)
            sessions = [.. _sessions.Values];

        _endOfAll.TrySetResult();
        await Task.WhenAll(sessions).WaitAsync(EndTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task EndAsync(string token, TokenSet tokens, Task expiry)
    {
        await expiry.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);

        // Otherwise it has ended by itself.
        if (tokens.CanRefreshAt(time.GetUtcNow()))
            await end(token).ConfigureAwait(false);

        lock (_gate)
            _sessions.Remove(token);
    }
}
