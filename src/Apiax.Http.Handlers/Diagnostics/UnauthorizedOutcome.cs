namespace Apiax.Http.Handlers;

/// <summary>What was done about a 401.</summary>
internal static class UnauthorizedOutcome
{
    /// <summary>The request was sent once more with another token, and the caller saw nothing of it.</summary>
    public const string Replaced = "replaced";

    /// <summary>A redirect had taken the token off; the request was sent once more with the same.</summary>
    public const string SameTokenResent = "same_token_resent";

    /// <summary>The request cannot be sent twice, or shall not: the caller got the 401.</summary>
    public const string NotReplayable = "not_replayable";

    /// <summary>The request was sent once more with another token, and the API rejected that as well: the caller got the second 401.</summary>
    public const string RejectedAgain = "rejected_again";

    /// <summary>Tokens were replaced too often for another to help: the caller got the 401.</summary>
    public const string Rationed = "rationed";

    /// <summary>Another token could not be obtained: the caller got the 401.</summary>
    public const string Failed = "failed";
}
