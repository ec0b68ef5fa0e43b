namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Wrong on purpose: it joins or starts a flight under its lock, but decides which before it takes the lock.</summary>
internal sealed class DecidesOutsideItsLock(TokenFlight flight, TimeProvider time) : IApiaxAccessTokenProvider
{
    private readonly object _gate = new();
    private TokenState _state = TokenState.Cold;
    private Task<ApiaxAccessToken>? _flightEnd;

    public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        var decision = _state.Decide(time.GetUtcNow());
        if (decision is TokenDecision.Use)
            return _state.Tokens!.AccessToken;

        Task<ApiaxAccessToken> flightEnd;
        lock (_gate)
            flightEnd = _flightEnd = decision is TokenDecision.Join ? _flightEnd! : StartFlight();

        return await flightEnd;
    }

    public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => await GetTokenAsync(cancellationToken);

    private Task<ApiaxAccessToken> StartFlight()
    {
        _state = _state.FlightStarted();
        return Task.Run(FlyAsync);
    }

    private async Task<ApiaxAccessToken> FlyAsync()
    {
        var result = await flight(_state, CancellationToken.None);
        lock (_gate)
            _state = _state.FlightEnded(result, time.GetUtcNow());

        return result.Tokens!.AccessToken;
    }
}
