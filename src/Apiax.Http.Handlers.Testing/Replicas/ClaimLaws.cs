using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the claim: who may use the entry's refresh token.</summary>
internal static class ClaimLaws
{
    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("With the turn comes the claim, and it outlives the turn", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            scene.Equal((Caller, true), Of(await scene.BeginAsync("a", version).ConfigureAwait(false)), "the first turn");
            await scene.EndAsync("a", version).ConfigureAwait(false);
            scene.Equal((Caller, false), Of(await scene.BeginAsync("b", version).ConfigureAwait(false)), "the turn of another");
            await scene.EndAsync("b", version).ConfigureAwait(false);
            scene.Equal((Caller, true), Of(await scene.BeginAsync("a", version).ConfigureAwait(false)), "the turn of the one that has the claim");
        }),
        new("Who takes a turn over gets no claim, however late", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.PassAsync(TokenStoreScene.Moment).ConfigureAwait(false);
            scene.Equal((CallerInsteadOfAnother, false), Of(await scene.BeginAsync("b", version, silence: TokenStoreScene.Moment / 2).ConfigureAwait(false)), "the turn");
            scene.Equal((CallerInsteadOfAnother, false), Of(await scene.BeginAsync("c", version, silence: TimeSpan.Zero).ConfigureAwait(false)), "the one after it");
        }),
        new("Its holder releases a claim", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.EndAsync("a", version, releases: true).ConfigureAwait(false);
            scene.Equal((Caller, true), Of(await scene.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("Nobody else releases a claim", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.EndAsync("b", version, releases: true).ConfigureAwait(false);
            scene.Equal((CallerInsteadOfAnother, false), Of(await scene.BeginAsync("b", version, overtakes: "a").ConfigureAwait(false)), "the turn");
            await scene.EndAsync("b", version, releases: true).ConfigureAwait(false);
            scene.Equal((Caller, false), Of(await scene.BeginAsync("c", version).ConfigureAwait(false)), "the turn after it");
        }),
        new("A claim is released at the expected version only", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.EndAsync("a", version + 1, releases: true).ConfigureAwait(false);
            scene.Equal((Caller, false), Of(await scene.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("A new refresh token releases the claim of anybody, other content of nobody", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.BeginAsync("b", version, overtakes: "a").ConfigureAwait(false);
            var kept = (await scene.WriteAsync("b", version, "no refresh token").ConfigureAwait(false)).Version;
            scene.Equal((Caller, false), Of(await scene.BeginAsync("c", kept).ConfigureAwait(false)), "the turn after other content");
            var released = (await scene.WriteAsync("c", kept, "a new refresh token", releases: true).ConfigureAwait(false)).Version;
            scene.Equal((Caller, true), Of(await scene.BeginAsync("d", released).ConfigureAwait(false)), "the turn after a new refresh token");
        }),
        new("A renewal takes no claim", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.EndAsync("a", version, releases: true).ConfigureAwait(false);
            await scene.EndAsync("a", version, keeps: true).ConfigureAwait(false);
            scene.Equal((Caller, true), Of(await scene.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("A late release, under a lower number, releases nothing", async scene =>
        {
            var version = await scene.WrittenAsync("entry").ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.BeginAsync("a", version).ConfigureAwait(false);
            await scene.EndAsync("a", version).ConfigureAwait(false);
            await scene.EndAsync("a", version, releases: true, number: scene.Number - 1).ConfigureAwait(false);
            scene.Equal((Caller, false), Of(await scene.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
            await scene.EndAsync("a", version, releases: true, number: 1).ConfigureAwait(false);
            await scene.EndAsync("b", version).ConfigureAwait(false);
            scene.Equal((Caller, false), Of(await scene.BeginAsync("c", version).ConfigureAwait(false)), "the turn after that");
        }),
    ];

    private static (TokenStoreTurn Turn, bool HasClaim) Of(TokenStoreEntry entry) => (entry.Turn, entry.HasClaim);
}
