namespace Apiax.Http.Handlers;

/// <summary>Checks, before a password is sent, whether another replica already has a result.</summary>
/// <param name="credentials">The credentials to send.</param>
/// <param name="cancellationToken">Cancels the check.</param>
/// <returns>The flight's result; null to send the password.</returns>
internal delegate Task<FlightResult?> LoginCheck(ApiaxCredentials credentials, CancellationToken cancellationToken);

/// <summary>What a flight may use.</summary>
/// <param name="Last">The tokens whose refresh token may be used.</param>
/// <param name="CoolDown">Which passwords must not be sent.</param>
internal sealed record FlightPlan(TokenSet? Last, CoolDown? CoolDown)
{
    /// <summary>Other tokens of the account, if there are any: not to be used, but secrets that a server may repeat.</summary>
    public TokenSet? Other { get; init; }

    /// <summary>How long the flight may take; the setting if null.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Called before each password that is sent.</summary>
    public LoginCheck? BeforeLogin { get; init; }

    /// <summary>How long <see cref="BeforeLogin"/> may take.</summary>
    public TimeSpan LoginCheckLimit { get; init; }

    /// <summary>Cancelled if the refresh is no longer needed; a login is not stopped.</summary>
    public CancellationToken RefreshStop { get; init; }

    /// <summary>Whether another replica's login with the same credentials was rejected: they have then had their second try.</summary>
    public Func<bool>? WasRejected { get; init; }

    /// <summary>Called with a password's first rejection, at the start of the pause before the second try: the process may end in that pause.</summary>
    public Func<Task> BeforeSecondTry { get; init; } = () => Task.CompletedTask;

    /// <summary>Whether the password is sent if the refresh has brought no tokens by then (<see cref="TokenState.IsPasswordDueAt"/>).</summary>
    public Func<DateTimeOffset, bool, bool> IsPasswordDueAt { get; init; } = (_, _) => false;
}
