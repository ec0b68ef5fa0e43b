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
        if (IsLeftAlone(time.GetUtcNow()))
            return default;

        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A store that blocks or ignores its cancellation token must not hold the flight, and all its callers, for ever.
            var token = either.Token;
            var value = await Task.Run(() => call(store, token).AsTask(), token).WaitAsync(token).ConfigureAwait(false);
            Works();
            return new(IsHad: true, value);
        }
#pragma warning disable CA1031 // A store may throw anything; there is no coordination then, and that is all.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!cancellationToken.IsCancellationRequested)
                Fails(limit.IsCancellationRequested ? $"no answer within {Limit}" : exception.Message, exception);

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
