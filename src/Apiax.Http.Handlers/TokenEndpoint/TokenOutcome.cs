using System.Net;

namespace Apiax.Http.Handlers;

/// <summary>What one or several attempts of a token request came to.</summary>
/// <param name="Meaning">What it means.</param>
/// <param name="Failure">Why there is no token; nothing when there is.</param>
internal sealed record TokenOutcome(AnswerMeaning Meaning, ApiaxAuthException? Failure)
{
    /// <summary>The tokens; nothing when there are none.</summary>
    public TokenSet? Tokens { get; init; }

    /// <summary>The answer's status; nothing without an answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>What this did to a refresh token, at worst, with all attempts before it.</summary>
    public RefreshTokenFate Fate { get; init; } = FateOf(Meaning);

    /// <summary>Whether the grant was refused, with a reason or without.</summary>
    public bool IsRefusal => Meaning is AnswerMeaning.Refused or AnswerMeaning.Unexplained;

    /// <summary>Whether it may pass without anybody's act.</summary>
    public bool IsTransient => Meaning >= AnswerMeaning.Busy;

    /// <summary>Whether somebody answered, and it was not for the load.</summary>
    public bool IsAnswered => Status is not (null or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

    /// <summary>The tokens, for who has nothing else to do with a failure than to throw it.</summary>
    /// <exception cref="ApiaxAuthException">There are none.</exception>
    public TokenSet Require() => Tokens ?? throw Failure!;

    /// <summary>The same at the end of a series.</summary>
    public TokenOutcome After(TokenOutcome earlier) => earlier.Fate > Fate ? this with { Fate = earlier.Fate } : this;

    // A record's own ToString would print the tokens.
    public override string ToString() => $"TokenOutcome {{ {Meaning} }}";

    private static RefreshTokenFate FateOf(AnswerMeaning meaning) => meaning switch
    {
        AnswerMeaning.Granted or AnswerMeaning.Refused => RefreshTokenFate.Spent,
        AnswerMeaning.Unexplained or AnswerMeaning.Unusable or AnswerMeaning.Overloaded or AnswerMeaning.Lost => RefreshTokenFate.InDoubt,
        _ => RefreshTokenFate.Unspent,
    };
}
