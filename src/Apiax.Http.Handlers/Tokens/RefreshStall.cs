namespace Apiax.Http.Handlers;

/// <summary>
/// The server answers the refresh token, and not with tokens: a firewall that dislikes it, an error for this one. Waiting may never help, so after a while
/// the password is tried. The refresh token goes only when that succeeds.
/// </summary>
/// <param name="PasswordOn">From when on the password is worth a try.</param>
/// <param name="Tries">How often it was tried.</param>
internal sealed record RefreshStall(DateTimeOffset PasswordOn, int Tries)
{
    private const int LongestSteps = 3;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    public static RefreshStall Begin(DateTimeOffset now) => new(now + Step, Tries: 0);

    public RefreshStall PasswordTried(DateTimeOffset now) => new(now + (Step * Math.Min(Tries + 1, LongestSteps)), Tries + 1);
}
