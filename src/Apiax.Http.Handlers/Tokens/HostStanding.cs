namespace Apiax.Http.Handlers;

/// <summary>How one host has answered the account's tokens.</summary>
internal sealed record HostStanding
{
    private HostStanding()
    {
    }

    public static HostStanding Unknown { get; } = new();

    /// <summary>Whether it rejected the current token, and has not accepted it since.</summary>
    public bool IsRejecting { get; private init; }

    /// <summary>How often it rejected the current token.</summary>
    public int Rejections { get; private init; }

    public ReplacementRation Ration { get; private init; } = ReplacementRation.None;

    /// <summary>Whether the flight under way replaces a token that this host rejected.</summary>
    public bool IsReplacing { get; private init; }

    /// <param name="isCounted">Whether it counts as a new rejection; a caller's second report of the same one does not.</param>
    /// <param name="isInFlight">Whether a token request is under way.</param>
    public HostStanding Rejected(bool isCounted, bool isInFlight) => this with
    {
        IsRejecting = true,
        Rejections = isCounted ? Rejections + 1 : Rejections,
        IsReplacing = IsReplacing || isInFlight,
    };

    /// <summary>The host accepted the current token. The cost of the flight under way is still counted.</summary>
    public HostStanding Accepted() => this with { IsRejecting = false, Ration = Ration.Accepted() };

    public HostStanding FlightStarted() => this with { IsReplacing = IsRejecting };

    public HostStanding FlightFailed() => this with { IsReplacing = false };

    /// <param name="isFree">Whether the new token cost no token request.</param>
    /// <param name="now">The time.</param>
    public HostStanding Replaced(bool isFree, DateTimeOffset now) => new()
    {
        // Another replica's token may have been revoked together with the rejected one: its first rejection does not prove that another token is useless.
        Ration = !IsReplacing || (isFree && !Ration.AwaitsAcceptance) ? Ration : Ration.Replaced(now),
    };

    /// <summary>The token is discarded, and with it what is known about it.</summary>
    public HostStanding WithoutToken() => this with { IsRejecting = false, IsReplacing = false, Rejections = 0 };
}
