namespace Apiax.Http.Handlers;

/// <summary>How one host takes the account's tokens.</summary>
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

    /// <param name="isCounted">Whether it is a rejection of its own; a caller's second word on the same one is not.</param>
    /// <param name="isInFlight">Whether a token request is under way.</param>
    public HostStanding Rejected(bool isCounted, bool isInFlight) => this with
    {
        IsRejecting = true,
        Rejections = isCounted ? Rejections + 1 : Rejections,
        IsReplacing = IsReplacing || isInFlight,
    };

    /// <summary>It accepted the current token. What the flight under way costs is counted all the same.</summary>
    public HostStanding Accepted() => this with { IsRejecting = false, Ration = Ration.Accepted() };

    public HostStanding FlightStarted() => this with { IsReplacing = IsRejecting };

    public HostStanding FlightFailed() => this with { IsReplacing = false };

    /// <param name="isFree">Whether the new token cost no token request.</param>
    /// <param name="now">The time.</param>
    public HostStanding Replaced(bool isFree, DateTimeOffset now) => new()
    {
        // Another replica's token may have been revoked together with the rejected one: the first of its kind is no proof that another does not help.
        Ration = !IsReplacing || (isFree && !Ration.IsOpen) ? Ration : Ration.Replaced(now),
    };

    /// <summary>The token is given up, and with it what was said about it.</summary>
    public HostStanding WithoutToken() => this with { IsRejecting = false, IsReplacing = false, Rejections = 0 };
}
