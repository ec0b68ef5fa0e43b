using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Apiax.Http.Handlers;

/// <summary>What all replicas know about an account. Times are written as durations and read as instants, so that clocks of replicas are never compared.</summary>
/// <param name="Salt">The salt of the marks.</param>
[DebuggerDisplay("{ToString(),nq}")]
internal sealed record SharedAccount([property: DebuggerBrowsable(DebuggerBrowsableState.Never)] byte[] Salt)
{
    private const int MaxRemembered = 16;

    // Long enough that a service that calls once an hour also reaches the longest cool-down.
    private static readonly TimeSpan RejectionsKept = TimeSpan.FromDays(1);

    // A late commit is given up a minute earlier.
    private static readonly TimeSpan MaxCommitDelay = PendingCommit.MaxAge + TimeSpan.FromMinutes(1);

    /// <summary>The newest tokens, if there are any.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>All credentials that were rejected since the last success.</summary>
    public IReadOnlyList<int> Rejected { get; private init; } = [];

    /// <summary>How often credentials were rejected in a row.</summary>
    public int Rejections { get; private init; }

    /// <summary>Why they were rejected last; null if there was no cool-down since the last success.</summary>
    public ApiaxAuthException? Failure { get; private init; }

    /// <summary>The cool-down of the whole cluster.</summary>
    public Pause Pause { get; private init; }

    /// <summary>The version of the entry that it was read from; 0 if there is no readable entry.</summary>
    public long Version { get; private init; }

    /// <summary>Members that a later release wrote; kept unchanged.</summary>
    private Dictionary<string, JsonElement>? UnknownMembers { get; init; }

    public static SharedAccount Unknown() => new(RandomNumberGenerator.GetBytes(16));

    /// <param name="entry">The store's entry.</param>
    /// <param name="now">An instant before the call to the store.</param>
    /// <param name="jitter">0 to 1, at random, so that replicas do not refresh at the same time.</param>
    public static SharedAccount Read(TokenStoreEntry entry, DateTimeOffset now, double jitter)
    {
        try
        {
            // Unreadable content (another key, another format) counts as none. So does old content with a new version or time: a writer without keys could forge that.
            return !entry.Content.IsEmpty && JsonSerializer.Deserialize(entry.Content.Span, SharedAccountContext.Default.SharedAccountContent) is { } content
                && content.Version == entry.Version && entry.CommittedOn - content.BegunOn <= MaxCommitDelay
                && content.Salt is { Length: > 0 } salt
                ? Read(content, salt, now - (entry.Time - entry.CommittedOn).AtLeast(TimeSpan.Zero), jitter)
                : Unknown();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException or OverflowException)
        {
            return Unknown();
        }
    }

    /// <param name="version">The entry's version.</param>
    /// <param name="begunOn">When its turn began, by the store's clock.</param>
    /// <param name="now">The time.</param>
    public byte[] Write(long version, DateTimeOffset begunOn, DateTimeOffset now) => JsonSerializer.SerializeToUtf8Bytes(
        new SharedAccountContent
        {
            Version = version,
            BegunOn = begunOn,
            Salt = Salt,
            AccessToken = Tokens?.AccessToken.Value,
            AccessTokenLasts = Milliseconds(Tokens?.AccessToken.ExpiresOn - now),
            RefreshToken = Tokens?.RefreshToken,
            RefreshTokenLasts = Milliseconds(Tokens?.RefreshTokenExpiresOn - now),
            RefreshTokenLife = Tokens?.RefreshTokenLife is { } life ? Milliseconds(life) : null,
            IsSessionEnding = Tokens?.IsSessionEnding == true,
            LoggedInFor = Milliseconds(now - Tokens?.LoggedInOn),
            Rejected = [.. Rejected],
            Rejections = Rejections,
            Failure = FailureContent.Of(Failure),
            PauseLasts = Milliseconds(Pause.RemainingAt(now)),
            UnknownMembers = UnknownMembers,
        },
        SharedAccountContext.Default.SharedAccountContent);

    /// <summary>How long to keep it: while some part of it is still valid.</summary>
    public TimeSpan KeepFor(DateTimeOffset now) => new[]
    {
        Rejected.Count > 0 ? RejectionsKept : TimeSpan.FromMinutes(1),
        (Tokens?.RefreshToken is null ? Tokens?.AccessToken.ExpiresOn : Tokens.RefreshTokenExpiresOn) - now ?? default,
    }.Max();

    /// <summary>The mark of a pair of credentials: it distinguishes pairs, and is too short to confirm a guessed password.</summary>
    public int MarkOf(ApiaxCredentials pair) => BitConverter.ToUInt16(
        Rfc2898DeriveBytes.Pbkdf2($"{pair.Username.Length}:{pair.Username}{pair.Password}", Salt, 20_000, HashAlgorithmName.SHA256, sizeof(ushort)));

    /// <summary>Whether these credentials must not be sent yet, by any replica.</summary>
    public bool Forbids(int mark, DateTimeOffset now) => Failure is not null && Pause.Covers(now) && Rejected.Contains(mark);

    public SharedAccount With(TokenSet tokens) => new(Salt) { Tokens = tokens, UnknownMembers = UnknownMembers };

    public SharedAccount WithoutRefreshToken() => this with { Tokens = Tokens?.WithoutRefreshToken() };

    /// <summary>The credentials were rejected, and are sent a second time.</summary>
    public SharedAccount With(int rejected) => this with { Rejected = [rejected, .. Rejected.Where(mark => mark != rejected).Take(MaxRemembered - 1)] };

    /// <summary>The next cool-down of the whole cluster.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="rejected">The mark of the credentials.</param>
    /// <param name="before">How many rejections there were before; the writer may know more than the store.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="now">The time.</param>
    public SharedAccount With(ApiaxAuthException failure, int rejected, int before, TimeSpan length, DateTimeOffset now) => With(rejected) with
    {
        Failure = failure,
        Rejections = before + 1,
        Pause = new Pause(now, length),
    };

    // A record's generated ToString would print the tokens and the marks.
    public override string ToString() => $"SharedAccount {{ {Tokens?.ToString() ?? "no token"} }}";

    private static SharedAccount Read(SharedAccountContent content, byte[] salt, DateTimeOffset committedOn, double jitter) => new(salt)
    {
        Tokens = content.AccessToken is null ? null : new TokenSet(
            new ApiaxAccessToken(content.AccessToken, committedOn + Span(content.AccessTokenLasts), RefreshOn(content, committedOn, jitter)),
            content.RefreshToken,
            committedOn + Span(content.RefreshTokenLasts),
            committedOn - Span(content.LoggedInFor))
        {
            RefreshTokenLife = content.RefreshTokenLife is { } life ? Span(life) : null,
            IsSessionEnding = content.IsSessionEnding,
        },
        Rejected = content.Rejected ?? [],
        Rejections = content.Rejections,
        Failure = content.Failure?.ToException(),
        Pause = new Pause(committedOn, Span(content.PauseLasts)),
        Version = content.Version,
        UnknownMembers = content.UnknownMembers,
    };

    /// <summary>At half of its lifetime, since during the other half the store may be unavailable without a new login; but before its refresh token ends.</summary>
    private static DateTimeOffset RefreshOn(SharedAccountContent content, DateTimeOffset committedOn, double jitter)
    {
        var lifetime = Span(content.AccessTokenLasts);
        var half = committedOn + (lifetime / 2) + (lifetime / 10 * jitter);
        TimeSpan? refreshTokenLasts = content.RefreshToken is null || content.RefreshTokenLife is null ? null : Span(content.RefreshTokenLasts);
        var last = TokenLifetime.RefreshOn(committedOn, lifetime, refreshTokenLasts, refreshAhead: default, jitter);
        return last < half ? last : half;
    }

    private static TimeSpan Span(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static long Milliseconds(TimeSpan? span) => (long)(span ?? default).TotalMilliseconds;
}
