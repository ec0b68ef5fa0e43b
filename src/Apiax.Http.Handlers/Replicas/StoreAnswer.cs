namespace Apiax.Http.Handlers;

/// <summary>The result of a call to the store; without an entry there is no coordination.</summary>
/// <param name="Entry">What the store answered.</param>
/// <param name="WasAsked">Whether the call was sent: without an answer, it may have been carried out.</param>
/// <param name="IsSilent">Whether there was no answer in time, as opposed to a failure.</param>
internal readonly record struct StoreAnswer(TokenStoreEntry? Entry, bool WasAsked, bool IsSilent = false)
{
    public override string ToString() => Entry is null ? "no answer" : Entry.ToString();
}
