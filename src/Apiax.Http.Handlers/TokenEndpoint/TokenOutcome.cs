using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>The outcome of one or several attempts of a token request.</summary>
/// <param name="Meaning">What it means.</param>
/// <param name="Failure">Why there is no token; null if there is one.</param>
internal sealed record TokenOutcome(AnswerMeaning Meaning, ApiaxAuthException? Failure)
{
    /// <summary>The tokens; null if there are none.</summary>
    public TokenSet? Tokens { get; init; }

    /// <summary>The answer's status; null without an answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Whether the refresh token was used, in this or an earlier attempt.</summary>
    public RefreshTokenUse RefreshTokenUse { get; init; } = UseOf(Meaning);

    /// <summary>Whether the server, or something in front of it, has read the form of this or an earlier attempt.</summary>
    public bool WasRead { get; init; } = Meaning is not AnswerMeaning.NotSent;

    /// <summary>Whether the server has judged the grant, or may have.</summary>
    public bool IsJudged => WasRead && Meaning is not (AnswerMeaning.Busy or AnswerMeaning.Overloaded or AnswerMeaning.NotSent);

    /// <summary>Whether the server turned out to reject <c>client_assertion_type</c>.</summary>
    public bool LeavesOutAssertionType { get; init; }

    /// <summary>Whether the grant was refused, with a reason or without.</summary>
    public bool IsRefusal => Meaning is AnswerMeaning.Refused or AnswerMeaning.RefusedWithoutError;

    /// <summary>Whether the failure may end without any action.</summary>
    public bool IsTransient => Meaning >= AnswerMeaning.Busy;

    /// <summary>Whether the request was sent, but neither granted nor refused: if that lasts, another grant may help. A busy server must not get a login in addition.</summary>
    public bool IsStalled => WasRead && Meaning is not (AnswerMeaning.Granted or AnswerMeaning.Refused or AnswerMeaning.NotSent) && (Status is null || IsAnswered);

    /// <summary>Whether the server refuses the grant, for this client or for all.</summary>
    public bool IsGrantRefused => Failure?.Error is "unauthorized_client" or "unsupported_grant_type";

    /// <summary>Whether there was an answer, other than one that was caused by load.</summary>
    public bool IsAnswered => Status is not (null or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

    /// <summary>This outcome after an earlier attempt's.</summary>
    public TokenOutcome After(TokenOutcome earlier) => this with
    {
        RefreshTokenUse = earlier.RefreshTokenUse > RefreshTokenUse ? earlier.RefreshTokenUse : RefreshTokenUse,
        WasRead = WasRead || earlier.WasRead,
    };

    // A record's generated ToString would print the tokens.
    public override string ToString() => $"TokenOutcome {{ {Meaning} }}";

    private static RefreshTokenUse UseOf(AnswerMeaning meaning) => meaning switch
    {
        AnswerMeaning.Granted or AnswerMeaning.Refused => RefreshTokenUse.Used,
        AnswerMeaning.RefusedWithoutError or AnswerMeaning.Unusable or AnswerMeaning.Overloaded or AnswerMeaning.Lost => RefreshTokenUse.Uncertain,
        _ => RefreshTokenUse.Unused,
    };
}
