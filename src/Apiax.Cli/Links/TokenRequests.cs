using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Token requests as the library sends them, with its retries and time limits.</summary>
internal sealed class TokenRequests : IDisposable
{
    private readonly ApiaxAuthOptions _options;
    private readonly TimeProvider _time;
    private readonly AnswerTap _tap;
    private readonly TokenClient _client;

    public TokenRequests(ApiaxAuthOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        _options = options;
        _time = time;
        _tap = new AnswerTap(handler, time);
        _client = new TokenClient(() => new HandlerLease(_tap), time);
    }

    /// <exception cref="ApiaxAuthException">There is no token, and why.</exception>
    public Task<TokenSet> LoginAsync(ApiaxCredentials credentials, CancellationToken cancellationToken) =>
        LimitAsync((deadline, limit) => _client.LoginAsync(_options, credentials, deadline, limit), cancellationToken);

    /// <inheritdoc cref="LoginAsync"/>
    public Task<TokenSet> RefreshAsync(TokenSet last, CancellationToken cancellationToken) =>
        LimitAsync((deadline, limit) => _client.RefreshAsync(_options, last, deadline, limit), cancellationToken);

    /// <summary>How long the last token lives, and where that was said; nothing when nobody said it.</summary>
    public (TimeSpan Lifetime, string Member)? FindLifetime() => _tap.Answer is { } answer ? TokenLifetime.Find(answer, _tap.ServerTime) : null;

    public void Dispose() => _tap.Dispose();

    private async Task<TokenSet> LimitAsync(Func<DateTimeOffset, CancellationToken, Task<TokenOutcome>> request, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(_options.TokenTimeout, _time, cancellationToken);
        try
        {
            return (await request(_time.GetUtcNow() + _options.TokenTimeout, limit.Token)).Require();
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            throw new ApiaxAuthException(ApiaxAuthFailure.Unavailable, $"No token within {Words.Of(_options.TokenTimeout)}.");
        }
    }
}
