using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the claim: who may use the entry's refresh token.</summary>
internal static class ClaimChecks
{
    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("With the turn comes the claim, and it outlives the turn", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("a", version).ConfigureAwait(false)), "the first turn");
            await context.EndAsync("a", version).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the turn of another");
            await context.EndAsync("b", version).ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("a", version).ConfigureAwait(false)), "the turn of the one that has the claim");
        }),
        new("Who takes a turn over gets no claim, however late", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.PassAsync(TokenStoreCheckContext.Moment).ConfigureAwait(false);
            context.Equal((CallerInsteadOfAnother, false), Of(await context.BeginAsync("b", version, silence: TokenStoreCheckContext.Moment / 2).ConfigureAwait(false)), "the turn");
            context.Equal((CallerInsteadOfAnother, false), Of(await context.BeginAsync("c", version, silence: TimeSpan.Zero).ConfigureAwait(false)), "the one after it");
        }),
        new("Its holder releases a claim", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version, releases: true).ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("Nobody else releases a claim", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("b", version, releases: true).ConfigureAwait(false);
            context.Equal((CallerInsteadOfAnother, false), Of(await context.BeginAsync("b", version, overtakes: "a").ConfigureAwait(false)), "the turn");
            await context.EndAsync("b", version, releases: true).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("c", version).ConfigureAwait(false)), "the turn after it");
        }),
        new("A claim is released at the expected version only", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version + 1, releases: true).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("A new refresh token releases the claim of anybody, other content of nobody", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.BeginAsync("b", version, overtakes: "a").ConfigureAwait(false);
            var kept = (await context.WriteAsync("b", version, "no refresh token").ConfigureAwait(false)).Version;
            context.Equal((Caller, false), Of(await context.BeginAsync("c", kept).ConfigureAwait(false)), "the turn after other content");
            var released = (await context.WriteAsync("c", kept, "a new refresh token", releases: true).ConfigureAwait(false)).Version;
            context.Equal((Caller, true), Of(await context.BeginAsync("d", released).ConfigureAwait(false)), "the turn after a new refresh token");
        }),
        new("A renewal takes no claim", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version, releases: true).ConfigureAwait(false);
            await context.EndAsync("a", version, keeps: true).ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("A late release, under a lower number, releases nothing", async context =>
        {
            var version = await context.WrittenAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version, releases: true, number: context.Number - 1).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
            await context.EndAsync("a", version, releases: true, number: 1).ConfigureAwait(false);
            await context.EndAsync("b", version).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("c", version).ConfigureAwait(false)), "the turn after that");
        }),
    ];

    private static (TokenStoreTurn Turn, bool HasClaim) Of(TokenStoreEntry entry) => (entry.Turn, entry.HasClaim);
}
