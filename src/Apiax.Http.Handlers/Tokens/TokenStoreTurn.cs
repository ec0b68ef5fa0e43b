namespace Apiax.Http.Handlers;

/// <summary>A store's answer to who wants to make the next entry of an account.</summary>
/// <param name="owner">Whose turn it is.</param>
/// <param name="entry">The entry, for the caller whose turn it is or who is to use a newer one; <see langword="null"/> when there is none.</param>
public sealed class TokenStoreTurn(TokenStoreTurnOwner owner, TokenStoreEntry? entry)
{
    /// <summary>Whose turn it is.</summary>
    public TokenStoreTurnOwner Owner { get; } = owner;

    /// <summary>The entry, for the caller whose turn it is or who is to use a newer one.</summary>
    public TokenStoreEntry? Entry { get; } = entry;
}

/// <summary>Whose turn it is to make the next entry of an account.</summary>
public enum TokenStoreTurnOwner
{
    /// <summary>The caller's: nobody had it, or the caller itself.</summary>
    Caller,

    /// <summary>The caller's, taken from an owner that has been silent: it may still be at work, or have died at it, so what it worked with must not be used.</summary>
    CallerInsteadOfAnother,

    /// <summary>Another's.</summary>
    Another,

    /// <summary>Nobody's as far as the caller goes: there is an entry of another version than the one it knows.</summary>
    Nobody,
}
