namespace Apiax.Http.Handlers;

/// <summary>A password that the server has rejected, as far as this process knows.</summary>
/// <param name="Failure">In which words.</param>
/// <param name="Pause">How long it is not sent again.</param>
/// <param name="Rejections">How often it was rejected for good; 0 after the first time, whose second try is still due.</param>
internal sealed record RejectedPassword(ApiaxAuthException Failure, Pause Pause, int Rejections)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Whether the one rejection may have been the meeting of two logins: the password is worth a second try.</summary>
    public bool IsSecondTryDue => Rejections == 0;

    /// <summary>Whether it is too long ago to count.</summary>
    public bool IsForgottenAt(DateTimeOffset now) => now - Pause.Until > Kept;
}
