namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What a proxy does to a connection.</summary>
internal enum Fault
{
    None,

    /// <summary>The connection breaks when a request comes in.</summary>
    Reset,

    /// <summary>Requests get no answer, and the connection breaks when the fault is over.</summary>
    Stall,

    /// <summary>The server handles the request, and half of its answer arrives.</summary>
    HalfAnswer,

    /// <summary>A gateway answers 503, and the server gets no request.</summary>
    Overloaded,

    /// <summary>The server handles the request, and a gateway answers 502 instead.</summary>
    LostAnswer,

    /// <summary>Connections are new, and their TLS handshake takes long, or longer than any client waits.</summary>
    SlowHandshake,

    /// <summary>A firewall answers 403 with a page. This fault and the following are only in front of the token endpoint.</summary>
    ForbiddenPage,

    /// <summary>An ingress without its server answers 404 with a page.</summary>
    NotFoundPage,

    /// <summary>A proxy that requires its own sign-in answers 407 with a page.</summary>
    ProxyPage,

    /// <summary>An administrator has disabled the realm: 403 with <c>access_denied</c>.</summary>
    RealmDisabled,
}

/// <summary>How the servers behave meanwhile; none of this is a failure.</summary>
internal enum Habit
{
    None,

    /// <summary>Answers of the token endpoint are compressed, although the client did not request it.</summary>
    CompressedAnswers,

    /// <summary>A login takes longer than an attempt may, as with a slow directory.</summary>
    SlowLogins,

    /// <summary>Half an assertion is refused.</summary>
    NoHalfAssertions,

    /// <summary>The API answers 403 to expired or revoked tokens.</summary>
    ForbidsDeadTokens,
}

/// <summary>What happens to the server, or to a clock.</summary>
internal enum Incident
{
    None,
    AccessTokensRevoked,
    SessionsEnded,
    Restart,
    RestartWithoutDatabase,
    ClientClockForward,
    ClientClockBack,
    ServerClockForward,
    ServerClockBack,
    BothClocksForward,
    BothClocksBackAndForth,
}

/// <summary>One act of the soak: an incident, and at the same time a fault on the way to the token endpoint and another on the way to the API.</summary>
/// <param name="Tokens">The fault in front of the token endpoint.</param>
/// <param name="Api">The fault in front of the API.</param>
/// <param name="Incident">What happens at its start.</param>
/// <param name="Habit">How the servers behave.</param>
/// <param name="Length">How long the faults last.</param>
/// <param name="Jump">How far a clock jumps.</param>
internal sealed record Act(Fault Tokens, Fault Api, Incident Incident, Habit Habit, TimeSpan Length, TimeSpan Jump)
{
    /// <summary>Whether no token can be obtained for a time.</summary>
    public bool AffectsTokens => Tokens is not Fault.None || Incident is Incident.Restart or Incident.RestartWithoutDatabase;

    public bool EndsSessions => Incident is Incident.SessionsEnded or Incident.RestartWithoutDatabase;
}
