namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for content.</summary>
internal static class EntryLaws
{
    private static readonly TimeSpan Moment = TokenStoreScene.Moment;

    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("An account that nobody wrote has no entry", async scene =>
        {
            scene.Equal((0, ""), Found(await scene.ReadAsync().ConfigureAwait(false)), "the entry");
            scene.Equal((0, ""), Found(await scene.BeginAsync("a").ConfigureAwait(false)), "the entry with the turn");
        }),
        new("Of many who commit over one version at once, one succeeds and all get its entry", async scene =>
        {
            var entries = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => scene.WriteAsync($"owner {number}", 0, $"content {number}")))).ConfigureAwait(false);
            var standing = Found(await scene.ReadAsync().ConfigureAwait(false));
            scene.True(entries.All(entry => Found(entry) == standing), "two were told that their entry is there");
        }),
        new("Content is written over the expected version only", async scene =>
        {
            var first = await scene.WrittenAsync("first").ConfigureAwait(false);
            var second = await scene.WriteAsync("b", first, "second").ConfigureAwait(false);
            scene.Equal(Found(second), Found(await scene.WriteAsync("a", first, "too late").ConfigureAwait(false)), "the answer");
            scene.Equal((second.Version, "second"), Found(await scene.ReadAsync().ConfigureAwait(false)), "the entry");
        }),
        new("Content for an entry that is gone is not written", async scene =>
        {
            scene.Equal((0, ""), Found(await scene.WriteAsync("a", 4711, "new").ConfigureAwait(false)), "the answer");
            scene.Equal((0, ""), Found(await scene.ReadAsync().ConfigureAwait(false)), "the entry");
        }),
        new("Content needs no turn, only the version", async scene =>
        {
            var version = await scene.WrittenAsync("old").ConfigureAwait(false);
            await scene.BeginAsync("b", version).ConfigureAwait(false);
            scene.Equal("saved", TokenStoreScene.Text(await scene.WriteAsync("a", version, "saved", number: 1).ConfigureAwait(false)), "the answer");
            scene.Equal(TokenStoreTurn.Another, (await scene.ReadAsync().ConfigureAwait(false)).Turn, "the other's turn");
        }),
        new("The version is the committer's, and any bytes come back as they went in", async scene =>
        {
            var bytes = Enumerable.Range(0, 8192).Select(number => (byte)(number % 256)).ToArray();
            var commit = new TokenStoreCommit { Owner = "a", Number = 1, ExpectedVersion = 0, Version = 1_800_000_000_123_456, Content = bytes, Keep = TimeSpan.FromMinutes(1) };
            await scene.Store.CommitAsync(scene.Account, commit, CancellationToken.None).ConfigureAwait(false);
            var entry = await scene.ReadAsync().ConfigureAwait(false);
            scene.Equal(commit.Version, entry.Version, "the version");
            scene.True(entry.Content.Span.SequenceEqual(bytes), "the content is not what was committed");
        }),
        new("The time of a commit is the store's, and does not move", async scene =>
        {
            var written = await scene.WriteAsync("a", 0, "aging").ConfigureAwait(false);
            await scene.PassAsync(Moment).ConfigureAwait(false);
            var read = await scene.ReadAsync().ConfigureAwait(false);
            scene.Equal(written.CommittedOn, read.CommittedOn, "the commit");
            var age = read.Time - read.CommittedOn;
            scene.True(age >= Moment * 0.9 && age < Moment + TimeSpan.FromSeconds(5), $"after {Moment} the age is {age}");
        }),
        new("An entry goes as a whole when its time is over", async scene =>
        {
            var brief = await scene.WriteAsync("a", 0, "short", releases: true, keep: Moment / 4).ConfigureAwait(false);
            await scene.BeginAsync("dead", brief.Version).ConfigureAwait(false);
            await scene.PassAsync(Moment).ConfigureAwait(false);
            scene.Equal((0, ""), Found(await scene.ReadAsync().ConfigureAwait(false)), "the entry after its time");
            var begun = await scene.BeginAsync("b", brief.Version).ConfigureAwait(false);
            scene.Equal((TokenStoreTurn.Caller, false), (begun.Turn, begun.HasClaim), "the turn");
        }),
        new("Accounts know nothing of each other", async scene =>
        {
            await scene.WrittenAsync("mine").ConfigureAwait(false);
            scene.Equal((0, ""), Found(await scene.Store.ReadAsync(new string('f', 64), CancellationToken.None).ConfigureAwait(false)), "the entry of another account");
        }),
        new("Who waits is back in its time, and sooner when something changed", async scene =>
        {
            var late = scene.Store.WaitAsync(scene.Account, 0, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask();
            await scene.PassAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            await late.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);

            var woken = scene.Store.WaitAsync(scene.Account, long.MaxValue, TimeSpan.FromMinutes(1), CancellationToken.None).AsTask();
            for (var commit = 0; commit < 20 && !woken.IsCompleted; commit++)
            {
                await scene.WriteAsync("a", (await scene.ReadAsync().ConfigureAwait(false)).Version, $"change {commit}").ConfigureAwait(false);
                await scene.PassAsync(Moment / 4).ConfigureAwait(false);
            }

            scene.True(woken == await Task.WhenAny(woken, Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System)).ConfigureAwait(false), "nobody woke it");
        }),
    ];

    private static (long Version, string Text) Found(TokenStoreEntry entry) => (entry.Version, TokenStoreScene.Text(entry));
}
