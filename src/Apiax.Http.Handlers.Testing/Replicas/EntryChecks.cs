namespace Apiax.Http.Handlers.Testing;

/// <summary>The rules for content.</summary>
internal static class EntryChecks
{
    private static readonly TimeSpan Moment = TokenStoreCheckContext.Moment;

    public static IEnumerable<TokenStoreCheck> Checks { get; } =
    [
        new("A new account has no entry", async context =>
        {
            context.Equal((0, ""), Found(await context.ReadAsync().ConfigureAwait(false)), "the entry");
            context.Equal((0, ""), Found(await context.BeginAsync("a").ConfigureAwait(false)), "the entry with the turn");
        }),
        new("Of concurrent commits over one version, one succeeds and all get its entry", async context =>
        {
            var entries = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => context.WriteAsync($"owner {number}", 0, $"content {number}")))).ConfigureAwait(false);
            var standing = Found(await context.ReadAsync().ConfigureAwait(false));
            context.True(entries.All(entry => Found(entry) == standing), "two commits succeeded");
        }),
        new("Content is written only over the expected version", async context =>
        {
            var first = await context.CreateEntryAsync("first").ConfigureAwait(false);
            var second = await context.WriteAsync("b", first, "second").ConfigureAwait(false);
            context.Equal(Found(second), Found(await context.WriteAsync("a", first, "too late").ConfigureAwait(false)), "the answer");
            context.Equal((second.Version, "second"), Found(await context.ReadAsync().ConfigureAwait(false)), "the entry");
        }),
        new("Content for a missing entry is not written", async context =>
        {
            context.Equal((0, ""), Found(await context.WriteAsync("a", 4711, "new").ConfigureAwait(false)), "the answer");
            context.Equal((0, ""), Found(await context.ReadAsync().ConfigureAwait(false)), "the entry");
        }),
        new("Writing content needs no turn, only the expected version", async context =>
        {
            var version = await context.CreateEntryAsync("old").ConfigureAwait(false);
            await context.BeginAsync("b", version).ConfigureAwait(false);
            context.Equal("saved", TokenStoreCheckContext.Text(await context.WriteAsync("a", version, "saved", number: 1).ConfigureAwait(false)), "the answer");
            context.Equal(TokenStoreTurn.Another, (await context.ReadAsync().ConfigureAwait(false)).Turn, "the other's turn");
        }),
        new("The version is the caller's, and all bytes are stored unchanged", async context =>
        {
            var bytes = Enumerable.Range(0, 8192).Select(number => (byte)(number % 256)).ToArray();
            var commit = new TokenStoreCommit { Owner = "a", Number = 1, ExpectedVersion = 0, Version = 1_800_000_000_123_456, Content = bytes, Keep = TimeSpan.FromMinutes(1) };
            await context.Store.CommitAsync(context.Account, commit, CancellationToken.None).ConfigureAwait(false);
            var entry = await context.ReadAsync().ConfigureAwait(false);
            context.Equal(commit.Version, entry.Version, "the version");
            context.True(entry.Content.Span.SequenceEqual(bytes), "the content is not what was committed");
        }),
        new("The commit time is the store's and does not change", async context =>
        {
            var written = await context.WriteAsync("a", 0, "aging").ConfigureAwait(false);
            await context.PassAsync(Moment).ConfigureAwait(false);
            var read = await context.ReadAsync().ConfigureAwait(false);
            context.Equal(written.CommittedOn, read.CommittedOn, "the commit");
            var age = read.Time - read.CommittedOn;
            context.True(age >= Moment * 0.9 && age < Moment + TimeSpan.FromSeconds(5), $"after {Moment} the age is {age}");
        }),
        new("An entry expires as a whole", async context =>
        {
            var brief = await context.WriteAsync("a", 0, "short", releases: true, keep: TimeSpan.FromSeconds(2)).ConfigureAwait(false);
            await context.BeginAsync("dead", brief.Version).ConfigureAwait(false);
            await context.PassThreeSecondsAsync().ConfigureAwait(false);
            context.Equal((0, ""), Found(await context.ReadAsync().ConfigureAwait(false)), "the entry after its time");
            var begun = await context.BeginAsync("b", brief.Version).ConfigureAwait(false);
            context.Equal((TokenStoreTurn.Caller, false), (begun.Turn, begun.HasClaim), "the turn");
        }),
        new("Accounts are independent of each other", async context =>
        {
            await context.CreateEntryAsync("mine").ConfigureAwait(false);
            context.Equal((0, ""), Found(await context.Store.ReadAsync(new string('f', 64), CancellationToken.None).ConfigureAwait(false)), "the entry of another account");
        }),
        new("A wait ends after its time limit, and earlier after a change", async context =>
        {
            var late = context.Store.WaitAsync(context.Account, 0, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask();
            await context.PassAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            await context.EndsAsync(late, "the wait did not end after its time limit").ConfigureAwait(false);

            await EndsByAsync(context, WriteNextAsync, "the wait did not end after a change").ConfigureAwait(false);
        }),
        new("A turn that ends without content ends a wait", context => EndsByAsync(
            context,
            async _ =>
            {
                await context.BeginAsync("a").ConfigureAwait(false);
                await context.EndAsync("a").ConfigureAwait(false);
            },
            "the wait did not end after the turn")),
        new("If the store knows a later version, a wait ends at once", async context =>
        {
            await EndsByAsync(context, WriteNextAsync, "the wait did not end after a change").ConfigureAwait(false);
            await context.EndsAsync(WaitAsync(context, knownVersion: 1), "the wait did not end").ConfigureAwait(false);
        }),
        new("A wait that is cancelled ends", async context =>
        {
            using var cancellation = new CancellationTokenSource();
            var wait = WaitAsync(context, long.MaxValue, cancellation.Token);
            await cancellation.CancelAsync().ConfigureAwait(false);
            await context.EndsAsync(wait.ContinueWith(_ => { }, TaskScheduler.Default), "the wait did not end").ConfigureAwait(false);
        }),
    ];

    private static Task WaitAsync(TokenStoreCheckContext context, long knownVersion, CancellationToken cancellationToken = default) =>
        context.Store.WaitAsync(context.Account, knownVersion, TimeSpan.FromMinutes(1), cancellationToken).AsTask();

    /// <summary>A store may need some time until it sees changes.</summary>
    private static async Task EndsByAsync(TokenStoreCheckContext context, Func<TokenStoreCheckContext, Task> change, string otherwise)
    {
        var wait = WaitAsync(context, long.MaxValue);
        for (var changes = 0; changes < 20 && !wait.IsCompleted; changes++)
        {
            await change(context).ConfigureAwait(false);
            await context.PassAsync(Moment / 4).ConfigureAwait(false);
        }

        await context.EndsAsync(wait, otherwise).ConfigureAwait(false);
    }

    private static async Task WriteNextAsync(TokenStoreCheckContext context) =>
        await context.WriteAsync("a", (await context.ReadAsync().ConfigureAwait(false)).Version, "change").ConfigureAwait(false);

    private static (long Version, string Text) Found(TokenStoreEntry entry) => (entry.Version, TokenStoreCheckContext.Text(entry));
}
