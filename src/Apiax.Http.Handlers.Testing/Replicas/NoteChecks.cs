namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the note, which informs other replicas of a turn without a result.</summary>
internal static class NoteChecks
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("While a note is valid, a begin and a read return it", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.EndAsync("a", note: "why", length: Length).ConfigureAwait(false);
            await context.PassAsync(TokenStoreCheckContext.Moment).ConfigureAwait(false);
            var read = await context.ReadAsync().ConfigureAwait(false);
            context.Equal("why", TokenStoreCheckContext.NoteOf(read), "the note");
            context.True(read.NoteRemaining > TimeSpan.Zero && read.NoteRemaining <= Length - (TokenStoreCheckContext.Moment * 0.9), $"it should be valid for less than {read.NoteRemaining}");
            var begun = await context.BeginAsync("b").ConfigureAwait(false);
            context.Equal((TokenStoreTurn.Caller, "why"), (begun.Turn, TokenStoreCheckContext.NoteOf(begun)), "the turn and its note");
            await context.EndAsync("b").ConfigureAwait(false);
            for (var second = 0; second < 5; second++)
                await context.PassAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);

            context.Equal("", TokenStoreCheckContext.NoteOf(await context.ReadAsync().ConfigureAwait(false)), "the note after its time");
        }),
        new("A kept turn returns its note, an active turn returns none", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.EndAsync("a", keeps: true, note: "why", length: Length).ConfigureAwait(false);
            await context.EndAsync("a", keeps: true).ConfigureAwait(false);
            var other = await context.BeginAsync("b").ConfigureAwait(false);
            context.Equal((TokenStoreTurn.Another, "why"), (other.Turn, TokenStoreCheckContext.NoteOf(other)), "the kept turn");
            await context.BeginAsync("a").ConfigureAwait(false);
            context.Equal("", TokenStoreCheckContext.NoteOf(await context.BeginAsync("b").ConfigureAwait(false)), "the note of an active turn");
        }),
        new("Only the owner of the turn can write a note, and a new entry removes it", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.EndAsync("b", note: "not mine", length: Length).ConfigureAwait(false);
            await context.EndAsync("a").ConfigureAwait(false);
            context.Equal("", TokenStoreCheckContext.NoteOf(await context.ReadAsync().ConfigureAwait(false)), "the note");
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.EndAsync("a", note: "why", length: Length).ConfigureAwait(false);
            await context.WriteAsync("a", 0, "new").ConfigureAwait(false);
            context.Equal("", TokenStoreCheckContext.NoteOf(await context.ReadAsync().ConfigureAwait(false)), "the note after a new entry");
        }),
    ];
}
