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

    /// <summary>The credentials that were rejected since the last success, the last ones first. Each have their own cool-down: an outdated password of one replica must not delay the correct one of another.</summary>
    public IReadOnlyList<SharedRejection> Rejected { get; private init; } = [];

    /// <summary>When the last ones were rejected; null if none were.</summary>
    public DateTimeOffset? RejectedOn { get; private init; }

    /// <summary>Why they were rejected last; null if there was no cool-down since the last success.</summary>
    public ApiaxAuthException? Failure { get; private init; }

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
            Rejected = [.. Rejected.Select(rejection => new RejectionContent { Mark = rejection.Mark, Times = rejection.Times, PauseLasts = Milliseconds(rejection.Pause.RemainingAt(now)) })],
            Failure = FailureContent.Of(Failure),
            UnknownMembers = UnknownMembers,
        },
        SharedAccountContext.Default.SharedAccountContent);

    /// <summary>How long to keep it: while some part of it is still valid.</summary>
    public TimeSpan KeepFor(DateTimeOffset now) => new[]
    {
        Rejected.Count > 0 ? RejectionsKept : TimeSpan.FromMinutes(1),
        Tokens?.AccessToken.ExpiresOn - now ?? default,
        Tokens?.RefreshToken is null ? default : Tokens.RefreshTokenExpiresOn - now,
    }.Max();

    /// <summary>The mark of a pair of credentials: it distinguishes pairs, and is too short to confirm a guessed password.</summary>
    public int MarkOf(ApiaxCredentials pair) => BitConverter.ToUInt16(
        Rfc2898DeriveBytes.Pbkdf2($"{pair.Username.Length}:{pair.Username.ToUpperInvariant()}{pair.Password}", Salt, 20_000, HashAlgorithmName.SHA256, sizeof(ushort)));

    /// <summary>The rejection of these credentials; null if they were not rejected since the last success.</summary>
    public SharedRejection? RejectionOf(int mark) => Rejected.FirstOrDefault(rejection => rejection.Mark == mark);

    /// <summary>Whether some credentials must not be sent yet, by any replica.</summary>
    public bool IsCoolingDown(DateTimeOffset now) => Failure is not null && Rejected.Any(rejection => rejection.Pause.Covers(now));

    /// <summary>A password was accepted: the rejections no longer matter.</summary>
    public SharedAccount LoggedIn(TokenSet tokens) => new(Salt) { Tokens = tokens, UnknownMembers = UnknownMembers };

    /// <summary>A refresh says nothing about a password: those whose pause is not over still wait.</summary>
    public SharedAccount Refreshed(TokenSet tokens, DateTimeOffset now) => this with { Tokens = tokens, Rejected = [.. Rejected.Where(rejection => rejection.Pause.Covers(now))] };

    public SharedAccount WithoutRefreshToken() => this with { Tokens = Tokens?.WithoutRefreshToken() };

    /// <summary>The credentials were rejected, and are sent a second time.</summary>
    public SharedAccount With(int mark) => With(new SharedRejection(mark, Times: 0, Pause: default));

    /// <summary>The credentials have a cool-down in all replicas.</summary>
    public SharedAccount With(SharedRejection rejection, ApiaxAuthException failure) => With(rejection) with { Failure = failure };

    private SharedAccount With(SharedRejection rejection) =>
        this with { Rejected = [rejection, .. Rejected.Where(other => other.Mark != rejection.Mark).Take(MaxRemembered - 1)] };

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
        Rejected = [.. (content.Rejected ?? []).OfType<RejectionContent>().Select(rejection => new SharedRejection(rejection.Mark, rejection.Times, new Pause(committedOn, Span(rejection.PauseLasts))))],
        RejectedOn = content.Rejected is { Length: > 0 } ? committedOn : null,
        Failure = content.Failure?.ToException(),
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

/// <summary>Credentials that were rejected.</summary>
/// <param name="Mark">Their mark.</param>
/// <param name="Times">How often they were rejected in a row; 0 after the first time, while the second try is due.</param>
/// <param name="Pause">How long no replica sends them.</param>
internal sealed record SharedRejection(int Mark, int Times, Pause Pause);
