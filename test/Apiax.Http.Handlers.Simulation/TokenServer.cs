using System.Net;
using System.Net.Http.Json;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>What a token request meets.</summary>
internal enum Weather
{
    Fair,
    NoConnection,
    Unread,
    Page,
    Overloaded,
    AnswerLost,
}

/// <summary>A server that rotates refresh tokens, and ends the session of one that is used twice.</summary>
/// <param name="time">The clock.</param>
/// <param name="tokenLifetime">How long its access tokens are valid.</param>
internal sealed class TokenServer(TimeProvider time, TimeSpan tokenLifetime)
{
    private readonly Dictionary<string, Issued> _grants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Session, DateTimeOffset Until)> _tokens = new(StringComparer.Ordinal);
    private readonly HashSet<int> _ended = [];
    private int _count;
    private int _sessions;

    public int Logins { get; private set; }

    public int Requests { get; private set; }

    /// <summary>How many passwords it has rejected.</summary>
    public int Rejections { get; private set; }

    /// <summary>Whether it rejects passwords: another one is right. Sessions continue.</summary>
    public bool RejectsPasswords { get; set; }

    /// <summary>Refresh tokens that two owners sent.</summary>
    public List<string> Violations { get; } = [];

    public bool Accepts(string token) => _tokens.TryGetValue(token, out var known) && time.GetUtcNow() < known.Until && !_ended.Contains(known.Session);

    /// <param name="owner">The process.</param>
    /// <param name="form">What it sent.</param>
    public HttpResponseMessage Answer(string owner, IReadOnlyDictionary<string, string> form)
    {
        Requests++;
        if (!form.TryGetValue("refresh_token", out var refreshToken))
        {
            if (RejectsPasswords)
            {
                Rejections++;
                return Refused();
            }

            Logins++;
            return Grant(++_sessions);
        }

        if (!_grants.TryGetValue(refreshToken, out var grant))
            return Refused();

        if (grant.SentBy is { } before && before != owner)
            Violations.Add($"{refreshToken} was sent by {before} and by {owner}");

        (var isUsed, grant.SentBy) = (grant.SentBy is not null, owner);
        if (isUsed)
            _ended.Add(grant.Session);

        return _ended.Contains(grant.Session) ? Refused() : Grant(grant.Session);
    }

    private HttpResponseMessage Grant(int session)
    {
        _count++;
        _tokens[$"access-{_count}"] = (session, time.GetUtcNow() + tokenLifetime);
        _grants[$"refresh-{_count}"] = new Issued(session);
        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = JsonContent.Create(new { access_token = $"access-{_count}", refresh_token = $"refresh-{_count}", expires_in = (int)tokenLifetime.TotalSeconds, token_type = "bearer" }),
        };
    }

    private static HttpResponseMessage Refused() => new(HttpStatusCode.BadRequest) { Content = JsonContent.Create(new { error = "invalid_grant" }) };

    private sealed class Issued(int session)
    {
        public int Session => session;

        public string? SentBy { get; set; }
    }
}

/// <summary>One process's connection to the server.</summary>
internal sealed class ServerLine(TokenServer server, string owner, TimeProvider time, Func<(Weather Weather, TimeSpan Takes)> next) : HttpMessageHandler
{
    /// <summary>A process that was killed sends and receives nothing more.</summary>
    public bool IsDead { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (weather, takes) = next();
        await PassAsync(takes / 2, cancellationToken).ConfigureAwait(false);
        if (weather is Weather.NoConnection)
            throw new HttpRequestException(HttpRequestError.ConnectionError, "no connection");
        if (weather is Weather.Unread)
            await PassAsync(TimeSpan.FromDays(1), cancellationToken).ConfigureAwait(false);

        var text = await request.Content!.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (weather is Weather.Page)
            return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("<html/>") };
        if (weather is Weather.Overloaded)
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);

        var answer = server.Answer(owner, text.Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal));
        await PassAsync(takes / 2, cancellationToken).ConfigureAwait(false);
        return weather is Weather.AnswerLost ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "the answer is lost") : answer;
    }

    private async Task PassAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        await Task.Delay(span, time, cancellationToken).ConfigureAwait(false);
        if (IsDead)
            await new TaskCompletionSource().Task.ConfigureAwait(false);
    }
}
