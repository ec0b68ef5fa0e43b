namespace Apiax.Http.Handlers;

/// <summary>The worst that a flight may have done to its refresh token.</summary>
internal enum RefreshTokenFate
{
    /// <summary>It is certainly unspent: it was not sent, its form was never read, or the answer shows that the server did not check it.</summary>
    Unspent,

    /// <summary>It may have been spent: its form was read, and no answer shows whether it was.</summary>
    InDoubt,

    /// <summary>It was spent, or refused.</summary>
    Spent,
}
