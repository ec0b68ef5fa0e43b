namespace Apiax.Http.Handlers;

/// <summary>What was done about a 401.</summary>
internal static class UnauthorizedOutcome
{
    /// <summary>The request was sent again with another token, and the API did not reject that; the caller got the second answer.</summary>
    public const string Replaced = "replaced";

    /// <summary>A redirect had removed the token; the request was sent again with the same token.</summary>
    public const string SameTokenResent = "same_token_resent";

    /// <summary>The request cannot or must not be sent again, or a second redirect removed its token again: the caller got the 401.</summary>
    public const string NotReplayable = "not_replayable";

    /// <summary>The request was sent again with another token, and the API rejected that, too: the caller got the second 401.</summary>
    public const string RejectedAgain = "rejected_again";

    /// <summary>Tokens were replaced too often for another to help: the caller got the 401.</summary>
    public const string Rationed = "rationed";

    /// <summary>Another token could not be obtained: the caller got the 401.</summary>
    public const string Failed = "failed";
}
