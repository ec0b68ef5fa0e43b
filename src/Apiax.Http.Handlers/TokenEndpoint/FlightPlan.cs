namespace Apiax.Http.Handlers;

/// <summary>Looks once more, before a password is sent, whether another replica has settled it.</summary>
/// <param name="credentials">What is to be sent.</param>
/// <param name="isRefreshRefused">Whether a refresh token was refused on the way.</param>
/// <param name="cancellationToken">Ends the look.</param>
/// <returns>The end of the flight; nothing when the password is to be sent.</returns>
internal delegate Task<FlightResult?> LoginCheck(ApiaxCredentials credentials, bool isRefreshRefused, CancellationToken cancellationToken);

/// <summary>What a flight has to work with.</summary>
/// <param name="Last">The tokens whose refresh token may be used.</param>
/// <param name="CoolDown">Which passwords must not be sent.</param>
internal sealed record FlightPlan(TokenSet? Last, CoolDown? CoolDown)
{
    /// <summary>How long the flight may take; as the settings say if nothing.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Called before each password is sent: with other credentials once more.</summary>
    public LoginCheck? BeforeLogin { get; init; }

    /// <summary>Whether another replica has had the credentials of that look rejected: they have had their second try.</summary>
    public Func<bool>? WasRejected { get; init; }

    /// <summary>Whether a refresh that is answered without success is followed by the password (<see cref="TokenState.IsPasswordDueAt"/>).</summary>
    public bool IsPasswordDue { get; init; }
}
