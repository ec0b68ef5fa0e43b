namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>Wrong on purpose: it joins and starts flights under its lock, and has decided which of them before.</summary>
internal sealed class DecidesOutsideItsLock(TokenFlight flight, TimeProvider time) : IAccessTokenProvider
{
    private readonly object _gate = new();
    private TokenState _state = TokenState.Cold;
    private Task<AccessToken>? _landing;

    public async ValueTask<AccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        var decision = _state.Decide(time.GetUtcNow());
        if (decision is TokenDecision.Use)
            return _state.Tokens!.AccessToken;

        Task<AccessToken> landing;
        lock (_gate)
            landing = _landing = decision is TokenDecision.Join ? _landing! : TakeOff();

        return await landing;
    }

    public ValueTask<AccessToken> ReplaceTokenAsync(AccessToken rejected, CancellationToken cancellationToken = default) => GetTokenAsync(cancellationToken);

    private Task<AccessToken> TakeOff()
    {
        _state = _state.FlightStarted();
        return Task.Run(FlyAsync);
    }

    private async Task<AccessToken> FlyAsync()
    {
        var result = await flight(_state, CancellationToken.None);
        lock (_gate)
            _state = _state.Landed(result, time.GetUtcNow());

        return result.Tokens!.AccessToken;
    }
}
