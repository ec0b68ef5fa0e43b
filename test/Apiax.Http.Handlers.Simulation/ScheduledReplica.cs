using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>One process of a schedule: the real flights, and one call after the other.</summary>
#pragma warning disable CA1001 // The handler in memory has nothing to dispose.
internal sealed class ScheduledReplica
#pragma warning restore CA1001
{
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    // A password's cool-down is checked every ten seconds; then there is a call every three seconds or so.
    private static readonly TimeSpan LongestWithheld = TimeSpan.FromSeconds(15);

    private readonly TimeProvider _time;
    private readonly InMemoryTokenStore _shared;
    private readonly TokenServer _server;
    private readonly Random _random;
    private readonly Schedule _schedule;
    private readonly StoreLine _store;
    private readonly ServerLine _line;
    private readonly ApiaxAccessTokenProvider _tokens;
    private bool _isOver;
    private DateTimeOffset? _withheldSince;

    public ScheduledReplica(string name, TimeProvider time, InMemoryTokenStore store, TokenServer server, Random random, Schedule schedule)
    {
        (_time, _shared, _server, _random, _schedule) = (time, store, server, random, schedule);
        _store = new StoreLine(store, time, () => (schedule.IsFoul() ? Store : Loss.None, Takes(0.01)), () => { });
        _line = new ServerLine(server, name, time, () => (schedule.IsFoul() ? Server : Weather.Fair, Takes(0.3)));
        _tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, credentials: null, _line, new ProcessClock(time), loggerFactory: null, _store);
    }

    /// <summary>What may happen to its calls to the store.</summary>
    public Loss Store { get; set; }

    /// <summary>What may happen to its token requests.</summary>
    public Weather Server { get; set; }

    public async Task CallOnAsync()
    {
        while (!_isOver)
        {
            var start = _time.GetTimestamp();
            var failed = false;
            try
            {
                var token = await _tokens.GetTokenAsync().ConfigureAwait(false);
                if (!_server.Accepts(token.Value))
                    failed = await _tokens.ReplaceTokenAsync(token).ConfigureAwait(false) is not { } other || !_server.Accepts(other.Value);
            }
            catch (Exception failure) when (failure is ApiaxAuthException or ObjectDisposedException)
            {
                failed = true;
            }

            if (!_isOver)
            {
                _schedule.Called(_time.GetElapsedTime(start), failed);
                await CheckAsync(failed).ConfigureAwait(false);
            }

            await Task.Delay(TimeSpan.FromSeconds(0.2 + (_random.NextDouble() * 3)), _time).ConfigureAwait(false);
        }
    }

    /// <summary>Ends it like a process that is shut down.</summary>
    public async Task StopAsync()
    {
        _isOver = true;
        await _tokens.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends it like a process that is killed.</summary>
    public void Kill() => (_isOver, _store.IsDead, _line.IsDead) = (true, true, true);

    /// <summary>Calls must not go on failing while the store, which this replica can reach, has a token that the server accepts.</summary>
    private async Task CheckAsync(bool failed)
    {
        var now = _time.GetUtcNow();
        _withheldSince = failed && Store is Loss.None && _shared.Failure is null && await HasTokenAsync(now).ConfigureAwait(false) ? _withheldSince ?? now : null;
        if (_withheldSince is { } since && now - since > LongestWithheld)
            _schedule.Withheld(now - since);
    }

    private async Task<bool> HasTokenAsync(DateTimeOffset now) =>
        SharedAccount.Read(await _shared.ReadAsync(Account, CancellationToken.None).ConfigureAwait(false), now, jitter: 0).Tokens is { AccessToken: var token } &&
        token.ExpiresOn - now > LongestWithheld && _server.Accepts(token.Value);

    private TimeSpan Takes(double seconds) => TimeSpan.FromSeconds(_random.NextDouble() * seconds * (_schedule.IsFoul() && _random.Next(20) == 0 ? 20 : 1));
}
