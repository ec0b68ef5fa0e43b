using static Apiax.Http.Handlers.TokenStoreTurn;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for the turn.</summary>
internal static class TurnChecks
{
    private static readonly TimeSpan Moment = TokenStoreCheckContext.Moment;
    private static readonly TimeSpan Silence = TokenStoreCheckContext.Silence;

    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("Of concurrent begins, one gets the turn", async context =>
        {
            var turns = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => context.BeginAsync($"owner {number}")))).ConfigureAwait(false);
            context.Equal((1, 15), (turns.Count(entry => entry.Turn is Caller), turns.Count(entry => entry.Turn is Another)), "the number of owners with and without the turn");
        }),
        new("An owner that begins again keeps its turn", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            context.Equal(Caller, (await context.BeginAsync("a").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("If there is a newer entry, it is returned and no turn begins", async context =>
        {
            var version = await context.CreateEntryAsync("new").ConfigureAwait(false);
            var answer = await context.BeginAsync("a").ConfigureAwait(false);
            context.Equal((Superseded, "new", false), (answer.Turn, TokenStoreCheckContext.Text(answer), answer.HasClaim), "the answer");
            var next = await context.BeginAsync("b", version).ConfigureAwait(false);
            context.Equal((Caller, "new"), (next.Turn, TokenStoreCheckContext.Text(next)), "the next turn");
        }),
        new("A commit ends the turn, with or without content", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            var entry = await context.WriteAsync("a", 0, "new").ConfigureAwait(false);
            context.Equal(Nobody, entry.Turn, "the turn after the commit");
            await context.BeginAsync("b", entry.Version).ConfigureAwait(false);
            await context.WriteAsync("b", 4711, "not written").ConfigureAwait(false);
            context.Equal(Caller, (await context.BeginAsync("c", entry.Version).ConfigureAwait(false)).Turn, "the next turn");
        }),
        new("No other owner can end a turn", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.EndAsync("b").ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync("b").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A renewed turn continues", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.PassThreeSecondsAsync().ConfigureAwait(false);
            await context.EndAsync("a", keeps: true).ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync("b", silence: TimeSpan.FromSeconds(2)).ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A turn continues after content that is written in it, and is renewed under any expected version", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            var entry = await context.WriteAsync("a", 0, "new", keeps: true).ConfigureAwait(false);
            context.Equal("new", TokenStoreCheckContext.Text(entry), "the answer");
            await context.PassThreeSecondsAsync().ConfigureAwait(false);
            await context.EndAsync("a", expected: 0, keeps: true).ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync("b", entry.Version, TimeSpan.FromSeconds(2)).ConfigureAwait(false)).Turn, "the turn after its renewal");
        }),
        new("An ended turn cannot be renewed", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.EndAsync("a").ConfigureAwait(false);
            await context.EndAsync("a", keeps: true).ConfigureAwait(false);
            context.Equal(Caller, (await context.BeginAsync("b").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A turn without renewals is taken over only after the requested silence", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            await context.PassAsync(Moment).ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync("b", silence: Silence).ConfigureAwait(false)).Turn, "the turn for an owner with a longer silence");
            context.Equal(CallerInsteadOfAnother, (await context.BeginAsync("b", silence: Moment / 2).ConfigureAwait(false)).Turn, "the turn after the silence");
            await context.EndAsync("a", keeps: true, number: 1).ConfigureAwait(false);
            await context.EndAsync("a", number: 1).ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync("c").ConfigureAwait(false)).Turn, "the turn after late calls of the former owner");
        }),
        new("Only the owner named in Overtakes is overtaken at once", async context =>
        {
            await context.BeginAsync("a").ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync("b", overtakes: "c").ConfigureAwait(false)).Turn, "the turn of another owner");
            context.Equal(CallerInsteadOfAnother, (await context.BeginAsync("b", overtakes: "a").ConfigureAwait(false)).Turn, "the turn");
        }),
        new("A late call with a lower number changes nothing", async context =>
        {
            await context.BeginAsync(7, "a").ConfigureAwait(false);
            await context.EndAsync("a", number: 6).ConfigureAwait(false);
            context.Equal(Another, (await context.ReadAsync().ConfigureAwait(false)).Turn, "the turn after a late end");
            context.Equal(0, (await context.WriteAsync("a", 0, "late", number: 6).ConfigureAwait(false)).Version, "the version after a late commit");
            await context.EndAsync("a", number: 7).ConfigureAwait(false);
            context.Equal(Another, (await context.BeginAsync(6, "a").ConfigureAwait(false)).Turn, "a late turn");
            context.Equal(Nobody, (await context.ReadAsync().ConfigureAwait(false)).Turn, "the turn after a late begin");
        }),
    ];
}
