using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>A call to a store.</summary>
internal delegate ValueTask<TokenStoreEntry> StoreCall(ITokenStore store, CancellationToken cancellationToken);

/// <summary>Wraps a store so that it never throws or hangs: each call has a time limit, and after a failure there is a back-off.</summary>
internal sealed class GuardedTokenStore(ITokenStore store, TimeProvider time, ILogger logger)
{
    private const string AllAccounts = "";
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(3);

    private static readonly TokenStoreEntry Nothing = new() { Time = default };

    // The time of the last failure, by account: one account's broken key does not affect the others.
    private Dictionary<string, long> Failures { get; init; } = new(StringComparer.Ordinal);

    private ILogger? LoggerOfAccount { get; init; }

    /// <summary>The time limit of a call.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(2.5);

    /// <summary>The store for the calls of one account: failures of that account alone are logged with its name.</summary>
    public GuardedTokenStore For(AccountTelemetry account) => new(store, time, logger) { Failures = Failures, LoggerOfAccount = account.Logger };

    /// <param name="account">The account.</param>
    /// <param name="call">The call.</param>
    /// <param name="isUrgent">Whether it is sent even during a back-off: a refresh token that only this process has must be stored.</param>
    /// <param name="cancellationToken">Cancelled when the provider is disposed; the call then returns no answer.</param>
    public async Task<StoreAnswer> CallAsync(string account, StoreCall call, bool isUrgent, CancellationToken cancellationToken)
    {
        var answer = await TryAsync(account, call, isUrgent, cancellationToken).ConfigureAwait(false);
        if (answer.Entry is not null)
            OnSuccess(account);

        return answer;
    }

    /// <summary>Waits for a change of the entry. A wait that ends does not show that the store works: the time limit may have ended it.</summary>
    public Task WaitAsync(string account, long knownVersion, TimeSpan atMost, CancellationToken cancellationToken) =>
        TryAsync(
            account,
            async (tokens, ending) =>
            {
                await tokens.WaitAsync(account, knownVersion, atMost, ending).ConfigureAwait(false);
                return Nothing;
            },
            isUrgent: false,
            cancellationToken);

    private async Task<StoreAnswer> TryAsync(string account, StoreCall call, bool isUrgent, CancellationToken cancellationToken)
    {
        if ((!isUrgent && IsBackingOff(account)) || cancellationToken.IsCancellationRequested)
            return default;

        using var limit = new TimeLimit(Limit, time, cancellationToken);
        try
        {
            // A store that blocks or ignores its cancellation token must not block the flight and its callers without end.
            var token = limit.Token;
            return new(await Task.Run(() => call(store, token).AsTask(), token).OrAbandonedAsync(token).ConfigureAwait(false) ?? throw new InvalidOperationException($"{nameof(ITokenStore)} returned null"), WasSent: true);
        }
#pragma warning disable CA1031 // A store may throw any exception; there is then no coordination.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!cancellationToken.IsCancellationRequested)
                OnFailure(exception is IOException && !limit.IsOver ? AllAccounts : account, limit.IsOver ? $"no answer within {Limit.WholeSeconds()} s" : exception.Message, exception);

            return new(Entry: null, WasSent: true, limit.IsOver || exception is TimeoutException or { InnerException: TimeoutException });
        }
    }

    private bool IsBackingOff(string account)
    {
        lock (Failures)
            return new[] { account, AllAccounts }.Any(key => Failures.TryGetValue(key, out var failed) && time.GetElapsedTime(failed) < BackOff);
    }

    private void OnSuccess(string account)
    {
        bool wasDown, wereAllDown;
        lock (Failures)
            (wasDown, wereAllDown) = (Failures.Remove(account), Failures.Remove(AllAccounts));

        if (wasDown || wereAllDown)
            LoggerOf(wereAllDown ? AllAccounts : account).TokenStoreBack();
    }

    private void OnFailure(string key, string why, Exception exception)
    {
        bool isNew;
        lock (Failures)
        {
            isNew = !Failures.ContainsKey(key) && !Failures.ContainsKey(AllAccounts);
            Failures[key] = time.GetTimestamp();
        }

        // Logged once for each outage.
        if (isNew)
            LoggerOf(key).TokenStoreFails(why, exception);
    }

    private ILogger LoggerOf(string key) => key == AllAccounts ? logger : LoggerOfAccount ?? logger;
}
