namespace Apiax.Http.Handlers;

/// <summary>What a caller that needs a token must do.</summary>
internal enum TokenDecision
{
    /// <summary>Use the current token.</summary>
    Use,

    /// <summary>Use the current token, and start a flight without waiting.</summary>
    UseAndRefresh,

    /// <summary>Start a flight and wait for it.</summary>
    Fetch,

    /// <summary>Wait for the flight under way.</summary>
    Join,

    /// <summary>Fail at once: the last flight failed and it is too early for another.</summary>
    Fail,

    /// <summary>Keep the rejected token: replacement is rationed, or the account signed out.</summary>
    Keep,
}
