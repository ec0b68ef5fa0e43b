using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class GuardedTokenStoreTests
{
    [Test]
    public async Task A_wait_that_comes_to_its_end_is_no_sign_of_life()
    {
        var time = new FakeTimeProvider();
        using var logs = new LogBook();
        var link = new StoreLink(new InMemoryTokenStore(time)) { IsCut = true };
        var store = new GuardedTokenStore(link, time, logs.CreateLogger("store"));
        await AskAsync();
        time.Advance(TimeSpan.FromSeconds(4));

        await store.WaitAsync((_, _) => ValueTask.CompletedTask, CancellationToken.None);
        var told = logs.Entries.Select(entry => entry.Event).ToList();
        link.IsCut = false;
        await AskAsync();

        Assert.That(told, Is.EqualTo(["TokenStoreFails"]));
        Assert.That(logs.Entries.Select(entry => entry.Event), Is.EqualTo(["TokenStoreFails", "TokenStoreBack"]));

        Task AskAsync() => store.AskAsync((tokens, ending) => tokens.ReadAsync("account", ending), CancellationToken.None);
    }
}
