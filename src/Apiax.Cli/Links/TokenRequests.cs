using System.Buffers.Text;
using System.Text.Json;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Token requests as the library sends them, with its retries and time limits.</summary>
internal sealed class TokenRequests : IDisposable
{
    private readonly ApiaxAuthOptions _options;
    private readonly TimeProvider _time;
    private readonly AnswerRecorder _recorder;
    private readonly TokenClient _client;

    public TokenRequests(ApiaxAuthOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        _options = options;
        _time = time;
        _recorder = new AnswerRecorder(handler, time);
        _client = new TokenClient(() => new HandlerLease(_recorder), time);
    }

    public Task<TokenOutcome> LoginAsync(ApiaxCredentials credentials, CancellationToken cancellationToken) =>
        LimitAsync(limit => _client.LoginAsync(_options, credentials, limit), cancellationToken);

    public Task<TokenOutcome> RefreshAsync(TokenSet last, CancellationToken cancellationToken) =>
        LimitAsync(limit => _client.RefreshAsync(_options, last, limit), cancellationToken);

    /// <summary>The lifetime of the last token, and where it was stated; null if it was not.</summary>
    public (TimeSpan Lifetime, string Member)? FindLifetime() => _recorder.Answer is { } answer ? TokenLifetime.Find(answer, _recorder.ServerTime) : null;

    /// <summary>The server's clock minus the local one, by the last token; null if the token has no time of issue.</summary>
    public TimeSpan? ClockDifference => _recorder.Answer?.AccessToken is { } token && IssuedOn(token) is { } issued ? issued + TimeSpan.FromSeconds(0.5) - _recorder.AnsweredOn : null;

    public void Dispose() => _recorder.Dispose();

    // The claim iat of a JWT, in whole seconds; an opaque token has none.
    private static DateTimeOffset? IssuedOn(string token)
    {
        try
        {
            return token.Split('.', 4) is [_, var payload, _] &&
                JsonDocument.Parse(Base64Url.DecodeFromChars(payload)).RootElement is { ValueKind: JsonValueKind.Object } claims &&
                claims.TryGetProperty("iat", out var issued) && issued.TryGetInt64(out var seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private async Task<TokenOutcome> LimitAsync(Func<TimeLimit, Task<TokenOutcome>> request, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(_options.TokenTimeout, _time, cancellationToken);
        var outcome = await request(limit);
        cancellationToken.ThrowIfCancellationRequested();
        return outcome;
    }
}
