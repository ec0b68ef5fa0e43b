using System.Text.Json.Serialization;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>A password that was sent and is not sent again for a while.</summary>
/// <param name="Account">The account.</param>
/// <param name="Password">The password.</param>
/// <param name="On">When it was sent.</param>
/// <param name="Length">How long it is not sent again.</param>
/// <param name="Times">How many rejections of this account there were in a row, including this one; 0 if another password was accepted since.</param>
/// <param name="IsAnswered">Whether the server's answer is known; if not, it counts as a rejection.</param>
/// <param name="Unanswered">How long the login may still be in progress: no password of the account is sent, since two logins could overlap.</param>
/// <param name="Request">Client and scope, if the refusal may be about them; null if it is about the password.</param>
internal sealed record Rejection(string Account, string Password, DateTimeOffset On, TimeSpan Length, int Times, bool IsAnswered, TimeSpan Unanswered = default, string? Request = null)
{
    [JsonIgnore]
    public DateTimeOffset Until => On + Length;

    [JsonIgnore]
    public DateTimeOffset InProgressUntil => On + Unanswered;

    /// <summary>Whether the values are valid.</summary>
    [JsonIgnore]
    public bool IsValid =>
        Account is not null && Password is not null && Length >= TimeSpan.Zero && Length.AtLeast(Unanswered) <= CoolDown.LengthAfter(int.MaxValue, jitter: 1) && Times is >= 0 and < int.MaxValue;

    /// <summary>Whether the pause is active. If the clock was set back, it does not last forever.</summary>
    public bool Covers(DateTimeOffset now) => new Pause(On, Length).Covers(now);

    /// <summary>Whether the login may still be in progress.</summary>
    public bool IsInProgress(DateTimeOffset now) => new Pause(On, Unanswered).Covers(now);

    /// <summary>Whether it is too early for another password: two failures within a second lock an account.</summary>
    public bool IsTooRecent(DateTimeOffset now) => now - On < UserLogin.Spacing && now >= On;
}

[JsonSerializable(typeof(List<Rejection?>))]
internal sealed partial class RejectionContext : JsonSerializerContext;
