using System.Text.Json.Serialization;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>A password that was sent and is not sent again for a while.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Password">Which.</param>
/// <param name="On">When.</param>
/// <param name="Length">How long it is not sent again.</param>
/// <param name="Times">The how manyth rejection of this account in a row it is; 0 if another password was accepted since.</param>
/// <param name="IsAnswered">Whether the server's answer is known; if not, it is taken for a rejection.</param>
/// <param name="Request">Client and scope, if the refusal may be about them; nothing if it is about the password.</param>
internal sealed record Rejection(string Account, string Password, DateTimeOffset On, TimeSpan Length, int Times, bool IsAnswered, string? Request = null)
{
    [JsonIgnore]
    public DateTimeOffset Until => On + Length;

    /// <summary>Whether this tool can have written it.</summary>
    [JsonIgnore]
    public bool IsSound =>
        Account is not null && Password is not null && Length >= TimeSpan.Zero && Length <= CoolDown.LengthAfter(int.MaxValue, jitter: 1) && Times is >= 0 and < int.MaxValue;

    /// <summary>Whether it holds. A clock set back does not prolong it without end.</summary>
    public bool Covers(DateTimeOffset now) => new Pause(On, Length).Covers(now);

    /// <summary>Whether another password, sent now, would come too soon after this one: two failures within a second lock an account.</summary>
    public bool IsTooFresh(DateTimeOffset now) => now - On < UserLogin.Spacing && now >= On;
}

[JsonSerializable(typeof(List<Rejection?>))]
internal sealed partial class RejectionContext : JsonSerializerContext;
