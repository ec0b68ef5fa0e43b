using static Apiax.Http.Handlers.TokenStoreTurnOwner;

namespace Apiax.Http.Handlers.Testing;

/// <summary>
/// The laws of <see cref="ITokenStore"/>, for whoever writes a store. They need no test framework: in NUnit, <c>[TestCaseSource]</c> takes
/// <see cref="Checks"/>, in xUnit <c>[MemberData]</c>.
/// </summary>
public static class TokenStoreContract
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(400);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TokenStoreCheck> Checks { get; } =
    [
        new("An account that nobody wrote has no entry", async scene =>
        {
            scene.Equal(null, await scene.ReadAsync().ConfigureAwait(false), "the entry");
            var turn = await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal((Caller, null), (turn.Owner, turn.Entry), "the turn");
        }),
        new("Of many who begin at once, one gets the turn", async scene =>
        {
            var turns = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => scene.BeginAsync($"owner {number}")))).ConfigureAwait(false);
            scene.Equal((1, 15), (turns.Count(turn => turn.Owner is Caller), turns.Count(turn => turn.Owner is Another)), "who has the turn, and who has not,");
        }),
        new("Of many who commit on one version at once, one succeeds and all get its entry", async scene =>
        {
            var entries = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => scene.CommitAsync($"owner {number}", 0, $"content {number}")))).ConfigureAwait(false);
            var standing = await scene.ReadAsync().ConfigureAwait(false);
            scene.True(
                entries.All(entry => entry?.Version == standing?.Version && TokenStoreScene.Text(entry) == TokenStoreScene.Text(standing)), "a loser was told that its entry stands, or nothing");
        }),
        new("An owner who begins again gets its own turn again", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal(Caller, (await scene.BeginAsync("a").ConfigureAwait(false)).Owner, "the turn");
        }),
        new("A newer entry is the answer, and no turn is begun", async scene =>
        {
            await scene.WrittenAsync("new").ConfigureAwait(false);
            var turn = await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal((Nobody, "new"), (turn.Owner, TokenStoreScene.Text(turn.Entry)), "the turn");
            scene.Equal(Caller, (await scene.BeginAsync("b", scene.Existing(turn.Entry, "with the answer").Version).ConfigureAwait(false)).Owner, "the next turn");
        }),
        new("Whose turn it is gets the entry with it", async scene =>
        {
            var version = await scene.WrittenAsync("old").ConfigureAwait(false);
            scene.Equal("old", TokenStoreScene.Text((await scene.BeginAsync("a", version).ConfigureAwait(false)).Entry), "the entry");
        }),
        new("A commit ends the turn", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            var entry = await scene.CommittedAsync("a", 0, "new").ConfigureAwait(false);
            scene.Equal(Caller, (await scene.BeginAsync("b", entry.Version).ConfigureAwait(false)).Owner, "the next turn");
        }),
        new("A commit on another version writes nothing and gets the entry that stands", async scene =>
        {
            var version = await scene.WrittenAsync("first").ConfigureAwait(false);
            await scene.CommitAsync("b", version, "second").ConfigureAwait(false);
            scene.Equal("second", TokenStoreScene.Text(await scene.CommitAsync("a", version, "too late").ConfigureAwait(false)), "the answer");
            scene.Equal("second", TokenStoreScene.Text(await scene.ReadAsync().ConfigureAwait(false)), "the entry");
        }),
        new("A commit on an entry that is gone writes nothing and gets nothing", async scene =>
        {
            scene.Equal(null, await scene.CommitAsync("a", 4711, "new").ConfigureAwait(false), "the answer");
            scene.Equal(null, await scene.ReadAsync().ConfigureAwait(false), "the entry");
        }),
        new("A commit needs no turn, only the version", async scene =>
        {
            var version = await scene.WrittenAsync("old").ConfigureAwait(false);
            await scene.BeginAsync("b", version).ConfigureAwait(false);
            scene.Equal("saved", TokenStoreScene.Text(await scene.CommitAsync("a", version, "saved").ConfigureAwait(false)), "the answer");
            scene.True(await scene.RenewAsync("b").ConfigureAwait(false), "the other's turn should go on");
        }),
        new("A version is never used again, not even when the entry was forgotten", async scene =>
        {
            var first = await scene.CommittedAsync("a", 0, "short", keep: Moment / 4).ConfigureAwait(false);
            await scene.PassAsync(Moment).ConfigureAwait(false);
            scene.Equal(null, await scene.ReadAsync().ConfigureAwait(false), "the entry after its time");
            var second = await scene.CommittedAsync("a", 0, "next").ConfigureAwait(false);
            scene.True(first.Version > 0 && second.Version > 0 && first.Version != second.Version, "a version is 0 or was used twice");
        }),
        new("An age counts from the commit", async scene =>
        {
            await scene.WrittenAsync("aging").ConfigureAwait(false);
            await scene.PassAsync(Moment).ConfigureAwait(false);
            var age = scene.Existing(await scene.ReadAsync().ConfigureAwait(false), "after a moment").Age;
            scene.True(age >= Moment * 0.9 && age < Moment + TimeSpan.FromSeconds(5), $"after {Moment} the age is {age}");
        }),
        new("A turn that nobody ended is never free: who takes it over is told, however late", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.PassAsync(TokenStoreScene.Silence + Moment).ConfigureAwait(false);
            scene.True(await scene.RenewAsync("a").ConfigureAwait(false), "the owner lost a turn that nobody had taken over");
            await scene.PassAsync(TokenStoreScene.Silence + Moment).ConfigureAwait(false);
            scene.Equal(CallerInsteadOfAnother, (await scene.BeginAsync("b").ConfigureAwait(false)).Owner, "the turn");
            scene.Equal(CallerInsteadOfAnother, (await scene.BeginAsync("c", silence: TimeSpan.Zero).ConfigureAwait(false)).Owner, "the turn of the one after it");
        }),
        new("A renewed turn goes on", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.PassAsync(TokenStoreScene.Silence / 2).ConfigureAwait(false);
            scene.True(await scene.RenewAsync("a").ConfigureAwait(false), "the owner could not renew");
            await scene.PassAsync((TokenStoreScene.Silence / 2) + Moment).ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b").ConfigureAwait(false)).Owner, "the turn");
        }),
        new("An ended turn is free, and nobody else can end it", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("b").ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b").ConfigureAwait(false)).Owner, "the turn before its end");
            await scene.EndAsync("a").ConfigureAwait(false);
            scene.Equal(Caller, (await scene.BeginAsync("b").ConfigureAwait(false)).Owner, "the turn after it");
            scene.True(!await scene.RenewAsync("a").ConfigureAwait(false), "the former owner renewed what it no longer had");
        }),
        new("A silent turn is taken over by who may, and by nobody else", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b", silence: TokenStoreScene.Silence * 0.8).ConfigureAwait(false)).Owner, "the turn at once");
            await scene.PassAsync(Moment * 2).ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b").ConfigureAwait(false)).Owner, "the turn for who is more patient");
            scene.Equal(CallerInsteadOfAnother, (await scene.BeginAsync("b", silence: Moment).ConfigureAwait(false)).Owner, "the turn after the silence");
            scene.True(!await scene.RenewAsync("a").ConfigureAwait(false), "the former owner renewed what it no longer had");
        }),
        new("Who waits is back in its time, and sooner when something changed", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            var late = scene.Store.WaitAsync(scene.Account, 0, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask();
            await scene.PassAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            await late.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);

            var woken = scene.Store.WaitAsync(scene.Account, 0, TimeSpan.FromMinutes(1), CancellationToken.None).AsTask();
            for (var commit = 0; commit < 20 && !woken.IsCompleted; commit++)
            {
                await scene.CommitAsync("a", (await scene.ReadAsync().ConfigureAwait(false))?.Version ?? 0, $"change {commit}").ConfigureAwait(false);
                await scene.PassAsync(Moment / 4).ConfigureAwait(false);
            }

            await woken.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        }),
        new("Accounts know nothing of each other", async scene =>
        {
            await scene.WrittenAsync("mine").ConfigureAwait(false);
            scene.Equal(null, await scene.Store.ReadAsync(new string('f', 64), CancellationToken.None).ConfigureAwait(false), "the entry of another account");
        }),
        new("Any bytes come back as they went in", async scene =>
        {
            var bytes = Enumerable.Range(0, 8192).Select(number => (byte)(number % 256)).ToArray();
            await scene.Store.CommitAsync(scene.Account, "a", 0, bytes, TimeSpan.FromMinutes(1), CancellationToken.None).ConfigureAwait(false);
            scene.True(scene.Existing(await scene.ReadAsync().ConfigureAwait(false), "after a commit").Content.Span.SequenceEqual(bytes), "the content is not what was committed");
        }),
    ];
}
