using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What happens to a session that a process opened while it was without the store.</summary>
[TestFixture]
internal sealed class SupersededSessionsTests
{
    private static readonly string Account = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, "anna", scope: null);

    [TestCase(true)]
    [TestCase(false)]
    public async Task It_is_ended_once_its_access_token_is_no_longer_valid_or_with_the_process(bool ends)
    {
        await using var cluster = new Cluster(replicas: 2);
        cluster[0].Store.IsCut = true;
        await cluster[0].GetAsync();
        await cluster[1].GetAsync();
        cluster[0].Store.IsCut = false;
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[1].RefreshAsync();
        await cluster[0].RefreshAsync();
        Assert.That(cluster.Endpoint.Revocations, Is.Empty, "its access token may be in use");

        if (ends)
            await cluster[0].Tokens.DisposeAsync().AsTask().Soon();
        else
            cluster.Time.Advance(TimeSpan.FromMinutes(4));

        await Waiting.UntilAsync(() => Task.FromResult(cluster.Endpoint.Revocations.Count == 1), "it is not ended");
        Assert.That(cluster.Endpoint.Revocations[0]["refresh_token"], Is.EqualTo("refresh-1"));
        Assert.That(cluster.Endpoint.LastMessage!.RequestUri!.AbsolutePath, Does.EndWith("/logout"));
    }

    [Test]
    public async Task The_shared_session_continues_after_a_process_ends()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        await cluster[0].Tokens.DisposeAsync().AsTask().Soon();

        Assert.That(cluster.Endpoint.Revocations, Is.Empty);
    }

    [Test]
    public async Task A_session_that_two_replicas_have_refreshed_after_a_failover_of_the_store_continues()
    {
        await using var cluster = new Cluster(replicas: 1);
        await cluster[0].GetAsync();
        await cluster.Add().GetAsync();
        cluster.Time.Advance(TimeSpan.FromMinutes(18.5));
        var hold = cluster[0].Hold = new Gate();
        var old = await cluster[0].GetAsync();
        await hold.Arrived;

        // The other node of the store has got the entry, but neither the turn nor the claim.
        var saved = cluster[0].Store.Commits[0];
        await cluster.Store.CommitAsync(Account, new TokenStoreCommit { Owner = saved.Owner, Number = saved.Number + 1, ExpectedVersion = saved.Version, ReleasesClaim = true }, default);
        await cluster[1].RefreshAsync();
        hold.Open();
        await cluster[0].TokenReplacedAsync(old);
        await cluster[0].Tokens.DisposeAsync().AsTask().Soon();

        Assert.That(((await cluster[1].GetAsync()).Value, cluster.Endpoint.Refreshes, cluster.Endpoint.Logins), Is.EqualTo(("access-3", 2, 1)));
        Assert.That(cluster.Endpoint.Revocations, Is.Empty, "both refresh tokens are of the session that all use");
    }

    [Test]
    public async Task The_end_of_all_waits_for_one_that_is_being_ended_and_without_any_for_nothing()
    {
        var (time, ending, ended) = (new FakeTimeProvider(), new TaskCompletionSource(), new TaskCompletionSource());
        var now = time.GetUtcNow();
        var sessions = new SupersededSessions(_ => { ending.SetResult(); return ended.Task; }, time);
        sessions.Add(new TokenSet(new ApiaxAccessToken("access", now.AddMinutes(30), now), "one", now.AddHours(1), now));
        time.Advance(TimeSpan.FromMinutes(30));
        await ending.Task.Soon();

        var all = sessions.EndAllAsync();
        await Waiting.SettleAsync();
        Assert.That(all.IsCompleted, Is.False);

        ended.SetResult();
        await all.Soon();
        await Waiting.UntilAsync(() => Task.FromResult(sessions.EndAllAsync().IsCompleted), "it waits for nothing");
    }

    [Test]
    public async Task After_the_clock_was_set_back_by_months_a_session_is_ended_after_a_day()
    {
        var (time, ended) = (new FakeTimeProvider(), new TaskCompletionSource());
        var now = time.GetUtcNow();
        var sessions = new SupersededSessions(_ => { ended.SetResult(); return Task.CompletedTask; }, time);
        sessions.Add(new TokenSet(new ApiaxAccessToken("access", now.AddDays(60), now), "one", now.AddDays(70), now));

        time.Advance(TimeSpan.FromHours(23.9));
        await Waiting.SettleAsync();
        Assert.That(ended.Task.IsCompleted, Is.False, "calls may be using its token");

        time.Advance(TimeSpan.FromHours(0.1));
        await ended.Task.Soon();
    }

    [Test]
    public async Task A_session_whose_timer_fires_while_all_are_ended_is_ended_once()
    {
        var (time, ended) = (new FakeTimeProvider(), new ConcurrentQueue<string>());
        var now = time.GetUtcNow();
        var sessions = new SupersededSessions(EndAsync, time);
        sessions.Add(tokens: null);
        foreach (var token in (string[])["one", "one", "other"])
            sessions.Add(new TokenSet(new ApiaxAccessToken("access", now.AddMinutes(30), now), token, now.AddHours(1), now));

        await sessions.EndAllAsync().Soon();
        await Waiting.UntilAsync(() => Task.FromResult(ended.Count >= 2), "not all are ended");
        await Waiting.SettleAsync();

        Assert.That(ended, Is.EquivalentTo(["one", "other"]));

        Task EndAsync(string token)
        {
            ended.Enqueue(token);
            time.Advance(TimeSpan.FromMinutes(30));
            return Task.CompletedTask;
        }
    }
}
