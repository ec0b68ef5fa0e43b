namespace Apiax.Http.Handlers;

/// <summary>What a token flight brought home: a <see cref="TokenSet"/>, or the reason why there is none.</summary>
internal sealed record FlightResult
{
    private FlightResult()
    {
    }

    /// <summary>The new tokens; nothing when the flight failed.</summary>
    public TokenSet? Tokens { get; private init; }

    /// <summary>Why there are no new tokens; nothing when there are.</summary>
    public ApiaxAuthException? Failure { get; private init; }

    /// <summary>The credentials that were sent; nothing when none were.</summary>
    public CredentialsFingerprint? Credentials { get; private init; }

    /// <summary>Whether the server refused the refresh token on the way.</summary>
    public bool RefreshTokenRefused { get; private init; }

    public static FlightResult Refreshed(TokenSet tokens) => new() { Tokens = tokens };

    public static FlightResult LoggedIn(TokenSet tokens, CredentialsFingerprint credentials) => new() { Tokens = tokens, Credentials = credentials };

    public static FlightResult Failed(ApiaxAuthException failure, CredentialsFingerprint? credentials = null, bool refreshTokenRefused = false) =>
        new() { Failure = failure, Credentials = credentials, RefreshTokenRefused = refreshTokenRefused };

    public override string ToString() => Failure is null ? "FlightResult { tokens }" : $"FlightResult {{ {Failure.Reason} }}";
}
