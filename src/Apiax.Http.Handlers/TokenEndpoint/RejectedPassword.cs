namespace Apiax.Http.Handlers;

/// <summary>A password that the server has rejected or not answered.</summary>
/// <param name="Failure">The server's answer.</param>
/// <param name="Pause">How long the password is not sent again.</param>
/// <param name="Rejections">How often it was finally rejected; 0 after the first rejection, while the second try is still due.</param>
internal sealed record RejectedPassword(ApiaxAuthException Failure, Pause Pause, int Rejections)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Whether two overlapping logins may have caused the one rejection: the password then gets a second try.</summary>
    public bool IsSecondTryDue => Rejections == 0;

    /// <summary>Whether the rejection is too old to count.</summary>
    public bool IsForgottenAt(DateTimeOffset now) => now - Pause.Until > Kept;
}
