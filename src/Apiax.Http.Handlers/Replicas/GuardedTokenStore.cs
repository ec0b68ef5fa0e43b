using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>A store that never throws and never hangs: each call has its time, and after a failure the store is left alone for a while.</summary>
internal sealed class GuardedTokenStore(ITokenStore store, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private readonly object _gate = new();
    private Pause? _rest;

    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Cancelled when the provider is disposed; the call then has no answer.</param>
    public async Task<StoreAnswer<T>> AskAsync<T>(Func<ITokenStore, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        var answer = await TryAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.IsHad)
            Works();

        return answer;
    }

    /// <summary>A call without an answer.</summary>
    /// <inheritdoc cref="AskAsync" path="/param"/>
    public Task<StoreAnswer<bool>> TellAsync(Func<ITokenStore, CancellationToken, ValueTask> call, CancellationToken cancellationToken) =>
        AskAsync((tokens, ending) => Answered(call(tokens, ending)), cancellationToken);

    /// <summary>A wait. That it ends says nothing of the store: the clock may have ended it while nothing could be heard.</summary>
    /// <inheritdoc cref="AskAsync" path="/param"/>
    public Task WaitAsync(Func<ITokenStore, CancellationToken, ValueTask> call, CancellationToken cancellationToken) =>
        TryAsync((tokens, ending) => Answered(call(tokens, ending)), cancellationToken);

    private static async ValueTask<bool> Answered(ValueTask call)
    {
        await call.ConfigureAwait(false);
        return true;
    }

    private async Task<StoreAnswer<T>> TryAsync<T>(Func<ITokenStore, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        if (IsLeftAlone(time.GetUtcNow()))
            return default;

        using var limit = new TimeLimit(Limit, time, cancellationToken);
        try
        {
            // A store that blocks or ignores its cancellation token must not hold the flight, and all its callers, for ever.
            var token = limit.Token;
            return new(IsHad: true, await Task.Run(() => call(store, token).AsTask(), token).OrAbandonedAsync(token).ConfigureAwait(false));
        }
#pragma warning disable CA1031 // A store may throw anything; there is no coordination then, and that is all.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!cancellationToken.IsCancellationRequested)
                Fails(limit.IsOver ? $"no answer within {Limit}" : exception.Message, exception);

            return default;
        }
    }

    private bool IsLeftAlone(DateTimeOffset now)
    {
        lock (_gate)
            return _rest?.Covers(now) == true;
    }

    private void Works()
    {
        bool wasDown;
        lock (_gate)
        {
            wasDown = _rest is not null;
            _rest = null;
        }

        if (wasDown)
            Tell(() => logger.TokenStoreBack());
    }

    private void Fails(string why, Exception exception)
    {
        bool wasDown;
        lock (_gate)
        {
            wasDown = _rest is not null;
            _rest = new Pause(time.GetUtcNow(), Rest);
        }

        // Once for each outage: an application without its store has enough to read.
        if (!wasDown)
            Tell(() => logger.TokenStoreFails(why, exception));
    }

    private static void Tell(Action log)
    {
        try
        {
            log();
        }
#pragma warning disable CA1031 // A logger that throws must not cost the refresh token that a flight has in hand.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Whoever logs the flight's end hears of it.
        }
    }
}
