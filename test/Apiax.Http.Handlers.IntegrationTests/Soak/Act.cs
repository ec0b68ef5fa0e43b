namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>What a proxy does to a connection.</summary>
internal enum Fault
{
    None,

    /// <summary>The connection breaks when a request comes in.</summary>
    Reset,

    /// <summary>Requests get no answer, and the connection breaks when the fault is over.</summary>
    Stall,

    /// <summary>The server does its work, and half of its answer arrives.</summary>
    HalfAnswer,

    /// <summary>A gateway answers 503, and the server hears of nothing.</summary>
    Overloaded,

    /// <summary>The server does its work, and a gateway answers 502 in its place.</summary>
    LostAnswer,

    /// <summary>Connections are new, and their TLS handshake takes long, or longer than anybody waits.</summary>
    SlowHandshake,

    /// <summary>A firewall answers 403 with a page. From here on before the token endpoint alone.</summary>
    ForbiddenPage,

    /// <summary>An ingress without its server answers 404 with a page.</summary>
    NotFoundPage,

    /// <summary>A proxy that wants a sign-in of its own answers 407 with a page.</summary>
    ProxyPage,

    /// <summary>An administrator has disabled the realm: 403 with <c>access_denied</c>.</summary>
    RealmDisabled,
}

/// <summary>How the servers behave meanwhile, which is no failure of theirs.</summary>
internal enum Habit
{
    None,

    /// <summary>Answers of the token endpoint are compressed, unasked.</summary>
    CompressedAnswers,

    /// <summary>A login takes longer than an attempt may, as at a slow directory.</summary>
    SlowLogins,

    /// <summary>Half an assertion is refused.</summary>
    NoHalfAssertions,

    /// <summary>The API answers 403 to dead tokens.</summary>
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
    /// <summary>Whether tokens cannot be had for a while.</summary>
    public bool TroublesTokens => Tokens is not Fault.None || Incident is Incident.Restart or Incident.RestartWithoutDatabase;

    public bool EndsSessions => Incident is Incident.SessionsEnded or Incident.RestartWithoutDatabase;
}
