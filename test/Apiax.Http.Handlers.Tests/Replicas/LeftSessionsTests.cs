namespace Apiax.Http.Handlers.Tests;

/// <summary>What becomes of a session that a process opened while it was without the store.</summary>
[TestFixture]
internal sealed class LeftSessionsTests
{
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
    public async Task The_session_that_all_use_goes_on_when_a_process_ends()
    {
        await using var cluster = new Cluster(replicas: 2);
        await cluster.GetAllAsync();
        await cluster[0].Tokens.DisposeAsync().AsTask().Soon();

        Assert.That(cluster.Endpoint.Revocations, Is.Empty);
    }
}
