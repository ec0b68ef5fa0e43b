using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the claim: who may use the entry's refresh token.</summary>
internal static class ClaimChecks
{
    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("The turn includes the claim, which continues after the turn", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("a", version).ConfigureAwait(false)), "the first turn");
            await context.EndAsync("a", version).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the turn of another owner");
            await context.EndAsync("b", version).ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("a", version).ConfigureAwait(false)), "the turn of the claim's holder");
        }),
        new("An owner that takes over a turn gets no claim, at any time", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.PassAsync(TokenStoreCheckContext.Moment).ConfigureAwait(false);
            context.Equal((CallerInsteadOfAnother, false), Of(await context.BeginAsync("b", version, silence: TokenStoreCheckContext.Moment / 2).ConfigureAwait(false)), "the turn");
            context.Equal((CallerInsteadOfAnother, false), Of(await context.BeginAsync("c", version, silence: TimeSpan.Zero).ConfigureAwait(false)), "the next turn");
        }),
        new("The holder of a claim can release it", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version, releases: true).ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("No other owner can release a claim", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("b", version, releases: true).ConfigureAwait(false);
            context.Equal((CallerInsteadOfAnother, false), Of(await context.BeginAsync("b", version, overtakes: "a").ConfigureAwait(false)), "the turn");
            await context.EndAsync("b", version, releases: true).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("c", version).ConfigureAwait(false)), "the turn after it");
        }),
        new("A claim is released only at the expected version", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version + 1, releases: true).ConfigureAwait(false);
            context.Equal((Caller, false), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("A new refresh token releases any claim, other content releases none", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.BeginAsync("b", version, overtakes: "a").ConfigureAwait(false);
            var kept = (await context.WriteAsync("b", version, "no refresh token").ConfigureAwait(false)).Version;
            context.Equal((Caller, false), Of(await context.BeginAsync("c", kept).ConfigureAwait(false)), "the turn after other content");
            var released = (await context.WriteAsync("c", kept, "a new refresh token", releases: true).ConfigureAwait(false)).Version;
            context.Equal((Caller, true), Of(await context.BeginAsync("d", released).ConfigureAwait(false)), "the turn after a new refresh token");
        }),
        new("Renewing a turn gives no claim", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
            await context.BeginAsync("a", version).ConfigureAwait(false);
            await context.EndAsync("a", version, releases: true).ConfigureAwait(false);
            await context.EndAsync("a", version, keeps: true).ConfigureAwait(false);
            context.Equal((Caller, true), Of(await context.BeginAsync("b", version).ConfigureAwait(false)), "the next turn");
        }),
        new("A late release with a lower number has no effect", async context =>
        {
            var version = await context.CreateEntryAsync("entry").ConfigureAwait(false);
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
