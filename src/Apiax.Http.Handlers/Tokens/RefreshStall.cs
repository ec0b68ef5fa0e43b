namespace Apiax.Http.Handlers;

/// <summary>
/// The server answers the refresh, but without tokens: a firewall blocks it, or it causes a server error. Waiting may never help, so after a time
/// the password is tried. The refresh token is discarded only if the login succeeds; if the next one gets such an answer, too, there is no wait.
/// </summary>
/// <param name="PasswordOn">When the password may be tried.</param>
/// <param name="Tries">How often it was tried.</param>
internal sealed record RefreshStall(DateTimeOffset PasswordOn, int Tries)
{
    private const int LongestSteps = 3;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    /// <param name="now">The time.</param>
    /// <param name="isGrantRefused">Whether the server refused the grant (RFC 6749 §5.2): a login uses another grant and need not wait.</param>
    public static RefreshStall Begin(DateTimeOffset now, bool isGrantRefused) => new(isGrantRefused ? now : now + Step, Tries: 0);

    public RefreshStall PasswordTried(DateTimeOffset now) => new(now + (Step * Math.Min(Tries + 1, LongestSteps)), Tries + 1);
}
