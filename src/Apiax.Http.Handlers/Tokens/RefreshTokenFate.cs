namespace Apiax.Http.Handlers;

/// <summary>What a flight did to the refresh token that it was given, at worst.</summary>
internal enum RefreshTokenFate
{
    /// <summary>It is surely unspent: it was not sent, its form was never read, or the answer shows that nobody judged it.</summary>
    Unspent,

    /// <summary>It may have been spent: its form was read, and there was no answer that says so or otherwise.</summary>
    InDoubt,

    /// <summary>It was spent, or refused.</summary>
    Spent,
}
