namespace Apiax.Http.Handlers;

/// <summary>The result of a call to the store; without an entry, this process acts alone.</summary>
/// <param name="Entry">What the store answered.</param>
/// <param name="WasSent">Whether the call was sent; even without an answer, it may have taken effect.</param>
/// <param name="HasTimedOut">Whether the call timed out, instead of failing.</param>
internal readonly record struct StoreAnswer(TokenStoreEntry? Entry, bool WasSent, bool HasTimedOut = false);
