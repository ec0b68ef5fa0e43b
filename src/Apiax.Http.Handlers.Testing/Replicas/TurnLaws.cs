using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the turn.</summary>
internal static class TurnLaws
{
    private static readonly TimeSpan Moment = TokenStoreScene.Moment;
    private static readonly TimeSpan Silence = TokenStoreScene.Silence;

    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("Of many who begin at once, one gets the turn", async scene =>
        {
            var turns = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => scene.BeginAsync($"owner {number}")))).ConfigureAwait(false);
            scene.Equal((1, 15), (turns.Count(entry => entry.Turn is Caller), turns.Count(entry => entry.Turn is Another)), "who has the turn, and who has not,");
        }),
        new("An owner who begins again gets its own turn again", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal(Caller, (await scene.BeginAsync("a").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A newer entry is the answer, and no turn begins", async scene =>
        {
            var version = await scene.WrittenAsync("new").ConfigureAwait(false);
            var answer = await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal((Superseded, "new", false), (answer.Turn, TokenStoreScene.Text(answer), answer.HasClaim), "the answer");
            var next = await scene.BeginAsync("b", version).ConfigureAwait(false);
            scene.Equal((Caller, "new"), (next.Turn, TokenStoreScene.Text(next)), "the next turn");
        }),
        new("A commit ends the turn, whether it writes or not", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            var entry = await scene.WriteAsync("a", 0, "new").ConfigureAwait(false);
            scene.Equal(Nobody, entry.Turn, "the turn after the commit");
            await scene.BeginAsync("b", entry.Version).ConfigureAwait(false);
            await scene.WriteAsync("b", 4711, "not written").ConfigureAwait(false);
            scene.Equal(Caller, (await scene.BeginAsync("c", entry.Version).ConfigureAwait(false)).Turn, "the next turn");
        }),
        new("Nobody else ends a turn", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("b").ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A renewed turn goes on", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.PassAsync(Moment * 2).ConfigureAwait(false);
            await scene.EndAsync("a", keeps: true).ConfigureAwait(false);
            await scene.PassAsync(Moment).ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b", silence: Moment * 2.5).ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A turn that is over is not renewed", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.EndAsync("a").ConfigureAwait(false);
            await scene.EndAsync("a", keeps: true).ConfigureAwait(false);
            scene.Equal(Caller, (await scene.BeginAsync("b").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A silent turn is taken over by who may, and by nobody else", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            await scene.PassAsync(Moment).ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b", silence: Silence).ConfigureAwait(false)).Turn, "the turn for who is more patient");
            scene.Equal(CallerInsteadOfAnother, (await scene.BeginAsync("b", silence: Moment / 2).ConfigureAwait(false)).Turn, "the turn after the silence");
            await scene.EndAsync("a", keeps: true, number: 1).ConfigureAwait(false);
            await scene.EndAsync("a", number: 1).ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("c").ConfigureAwait(false)).Turn, "the turn, which is no longer the former owner's,");
        }),
        new("An owner that is not waited for is overtaken at once, and nobody else is", async scene =>
        {
            await scene.BeginAsync("a").ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync("b", overtakes: "c").ConfigureAwait(false)).Turn, "the turn of another");
            scene.Equal(CallerInsteadOfAnother, (await scene.BeginAsync("b", overtakes: "a").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("What arrives late, under a lower number, changes nothing", async scene =>
        {
            await scene.BeginAsync(7, "a").ConfigureAwait(false);
            await scene.EndAsync("a", number: 6).ConfigureAwait(false);
            scene.Equal(Another, (await scene.ReadAsync().ConfigureAwait(false)).Turn, "the turn after a late end");
            scene.Equal(0, (await scene.WriteAsync("a", 0, "late", number: 6).ConfigureAwait(false)).Version, "the version after a late commit");
            await scene.EndAsync("a", number: 7).ConfigureAwait(false);
            scene.Equal(Another, (await scene.BeginAsync(6, "a").ConfigureAwait(false)).Turn, "a late turn");
            scene.Equal(Nobody, (await scene.ReadAsync().ConfigureAwait(false)).Turn, "the turn after a late begin");
        }),
    ];
}
