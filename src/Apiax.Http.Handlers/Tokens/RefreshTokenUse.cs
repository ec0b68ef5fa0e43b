namespace Apiax.Http.Handlers;

/// <summary>Whether a flight used its refresh token; after several attempts, the worst case.</summary>
internal enum RefreshTokenUse
{
    /// <summary>Certainly not used: it was not sent, its form was never read, or the answer shows that the server did not check it.</summary>
    Unused,

    /// <summary>Possibly used: its form was read, and no answer shows whether the server accepted it.</summary>
    Uncertain,

    /// <summary>Used or refused.</summary>
    Used,
}
