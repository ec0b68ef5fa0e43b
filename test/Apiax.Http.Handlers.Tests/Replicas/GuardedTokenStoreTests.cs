using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class GuardedTokenStoreTests
{
    [Test]
    public async Task The_end_of_a_wait_does_not_show_that_the_store_works()
    {
        var time = new FakeTimeProvider();
        using var logs = new LogBook();
        var link = new StoreLink(new InMemoryTokenStore(time)) { IsCut = true };
        var store = new GuardedTokenStore(link, time, logs.CreateLogger("store"));
        await CallAsync();
        time.Advance(TimeSpan.FromSeconds(4));

        link.IsCut = false;
        var wait = store.WaitAsync("account", 0, TimeSpan.FromSeconds(1), CancellationToken.None);
        await Waiting.UntilAsync(() => Task.FromResult(link.Waits == 1), "it does not wait");
        time.Advance(TimeSpan.FromSeconds(1));
        await wait.Soon();
        var told = logs.Entries.Select(entry => entry.Event).ToList();
        await CallAsync();

        Assert.That(told, Is.EqualTo(["TokenStoreFails"]));
        Assert.That(logs.Entries.Select(entry => entry.Event), Is.EqualTo(["TokenStoreFails", "TokenStoreBack"]));

        Task CallAsync() => store.CallAsync("account", (tokens, ending) => tokens.ReadAsync("account", ending), isUrgent: false, CancellationToken.None);
    }

    [TestCase(false, "Account rules: ")]
    [TestCase(true, "")]
    public async Task A_failure_of_one_account_is_logged_with_its_name(bool isConnection, string name)
    {
        var time = new FakeTimeProvider();
        using var logs = new LogBook();
        var store = new GuardedTokenStore(new InMemoryTokenStore(time), time, logs.CreateLogger("store")).For(new AccountTelemetry("rules", logs.CreateLogger("store"), TokenMetrics.Shared));

        await store.CallAsync("key", (_, _) => throw (isConnection ? new IOException("no connection") : new InvalidOperationException("not this key")), isUrgent: false, CancellationToken.None);
        await store.CallAsync("key", (tokens, ending) => tokens.ReadAsync("key", ending), isUrgent: true, CancellationToken.None);

        Assert.That(logs.Entries.Select(entry => entry.Message), Is.EqualTo((string[])
        [
            $"{name}The token store failed ({(isConnection ? "no connection" : "not this key")}); this process gets its own tokens until the store is available again",
            $"{name}The token store is available again",
        ]));
    }

    [Test]
    public async Task A_store_that_ends_a_call_itself_after_its_own_time_limit_has_timed_out()
    {
        var time = new FakeTimeProvider();
        using var logs = new LogBook();
        var store = new GuardedTokenStore(new InMemoryTokenStore(time), time, logs.CreateLogger("store"));
        var answers = new List<StoreAnswer>();
        foreach (var failure in new Exception[] { new TimeoutException(), new IOException("no connection", new TimeoutException()), new IOException("no connection") })
            answers.Add(await store.CallAsync("account", (_, _) => throw failure, isUrgent: true, CancellationToken.None));

        Assert.That(answers.Select(answer => answer.HasTimedOut), Is.EqualTo([true, true, false]));
    }

    [Test]
    public async Task A_store_that_returns_null_has_failed()
    {
        var time = new FakeTimeProvider();
        using var logs = new LogBook();
        var store = new GuardedTokenStore(new InMemoryTokenStore(time), time, logs.CreateLogger("store"));

        var answer = await store.CallAsync("account", (_, _) => new((TokenStoreEntry)null!), isUrgent: false, CancellationToken.None);

        Assert.That((answer.Entry, answer.WasSent), Is.EqualTo(((TokenStoreEntry?)null, true)));
        Assert.That(logs.Entries.Single().Message, Does.StartWith("The token store failed (ITokenStore returned null); "));
    }

    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public async Task After_a_failed_call_its_account_backs_off_and_after_a_lost_connection_all_do(bool isConnection, int accounts)
    {
        var time = new FakeTimeProvider();
        using var logs = new LogBook();
        var calls = 0;
        var store = new GuardedTokenStore(new InMemoryTokenStore(time), time, logs.CreateLogger("store"));
        await store.CallAsync("one", (_, _) => throw (isConnection ? new IOException("no connection") : new InvalidOperationException("not this key")), isUrgent: false, CancellationToken.None);

        foreach (var account in new[] { "one", "other" })
            await CallAsync(account, isUrgent: false);
        Assert.That(calls, Is.EqualTo(2 - accounts));

        await CallAsync("one", isUrgent: true);
        Assert.That(calls, Is.EqualTo(3 - accounts), "a save does not wait");

        Task CallAsync(string account, bool isUrgent) => store.CallAsync(
            account,
            (tokens, ending) =>
            {
                calls++;
                return tokens.ReadAsync(account, ending);
            },
            isUrgent,
            CancellationToken.None);
    }
}
