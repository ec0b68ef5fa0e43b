namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the note, which tells other replicas about a turn without result.</summary>
internal static class NoteLaws
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("A note is the answer to who begins or reads, while it is valid", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("a", note: "why", length: Length).ConfigureAwait(false);
            await scene.PassAsync(TokenStoreScene.Moment).ConfigureAwait(false);
            var read = await scene.ReadAsync().ConfigureAwait(false);
            scene.Equal("why", TokenStoreScene.NoteOf(read), "the note");
            scene.True(read.NoteRemaining > TimeSpan.Zero && read.NoteRemaining <= Length - (TokenStoreScene.Moment * 0.9), $"it should be valid for less than {read.NoteRemaining}");
            var begun = await scene.BeginAsync("b").ConfigureAwait(false);
            scene.Equal((TokenStoreTurn.Caller, "why"), (begun.Turn, TokenStoreScene.NoteOf(begun)), "the turn and its note");
            await scene.EndAsync("b").ConfigureAwait(false);
            for (var second = 0; second < 5; second++)
                await scene.PassAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);

            scene.Equal("", TokenStoreScene.NoteOf(await scene.ReadAsync().ConfigureAwait(false)), "the note after its time");
        }),
        new("A kept turn shows its note, a turn at work shows none", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("a", keeps: true, note: "why", length: Length).ConfigureAwait(false);
            await scene.EndAsync("a", keeps: true).ConfigureAwait(false);
            var other = await scene.BeginAsync("b").ConfigureAwait(false);
            scene.Equal((TokenStoreTurn.Another, "why"), (other.Turn, TokenStoreScene.NoteOf(other)), "the kept turn");
            await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal("", TokenStoreScene.NoteOf(await scene.BeginAsync("b").ConfigureAwait(false)), "the note of a turn at work");
        }),
        new("Only the owner of the turn leaves a note, and a new entry removes it", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("b", note: "not mine", length: Length).ConfigureAwait(false);
            await scene.EndAsync("a").ConfigureAwait(false);
            scene.Equal("", TokenStoreScene.NoteOf(await scene.ReadAsync().ConfigureAwait(false)), "the note");
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("a", note: "why", length: Length).ConfigureAwait(false);
            await scene.WriteAsync("a", 0, "new").ConfigureAwait(false);
            scene.Equal("", TokenStoreScene.NoteOf(await scene.ReadAsync().ConfigureAwait(false)), "the note beside a new entry");
        }),
    ];
}
