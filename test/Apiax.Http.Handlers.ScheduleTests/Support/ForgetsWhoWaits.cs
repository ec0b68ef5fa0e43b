namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Wrong on purpose: it wakes the callers that were waiting when the flight ended; a caller that comes before they are woken waits forever.</summary>
internal sealed class ForgetsWhoWaits(TokenFlight flight, TimeProvider time) : IApiaxAccessTokenProvider
{
    private readonly object _gate = new();
    private readonly List<TaskCompletionSource<ApiaxAccessToken>> _waiters = [];
    private bool _inFlight;

    public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        var waiter = new TaskCompletionSource<ApiaxAccessToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiters.Add(waiter);
            if (!_inFlight)
            {
                _inFlight = true;
                _ = Task.Run(FlyAsync, CancellationToken.None);
            }
        }

        return await waiter.Task;
    }

    public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => await GetTokenAsync(cancellationToken);

    private async Task FlyAsync()
    {
        var result = await flight(TokenState.Cold, CancellationToken.None);
        TaskCompletionSource<ApiaxAccessToken>[] waiters;
        lock (_gate)
            waiters = [.. _waiters];

        time.GetUtcNow();
        foreach (var waiter in waiters)
            waiter.SetResult(result.Tokens!.AccessToken);
    }
}
