using Apiax.Http.Handlers.Tests.Doubles;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A credentials provider that later returns another user: replicas that still use the previous user do not get the tokens.</summary>
[TestFixture]
internal sealed class ChangedUserTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task The_tokens_of_another_user_are_not_shared(bool isStoreAway)
    {
        await using var cluster = new Cluster(replicas: 0);
        var vault = new CredentialsStub();
        cluster.Add(credentials: vault);
        cluster.Add(credentials: new CredentialsStub());
        var tokens = await cluster.GetAllAsync();
        vault.Username = "ben";
        cluster.Endpoint.RefusesRefreshTokens = true;
        cluster[0].Store.IsCut = isStoreAway;

        var his = await cluster.PassForAsync(cluster[0].ReplaceAsync(tokens[0]));
        Assert.That(cluster.Endpoint.Forms[^1]["username"], Is.EqualTo("ben"));
        cluster[0].Store.IsCut = false;
        cluster.Endpoint.RefusesRefreshTokens = false;

        // His refresh is due: the tokens that only this replica had are now shared, in his own account.
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[0].RefreshAsync();
        var hers = await cluster.PassForAsync(cluster[1].ReplaceAsync(tokens[1]));

        Assert.That(cluster.Endpoint.Forms[^1], isStoreAway ? Does.ContainKey("refresh_token") : Does.ContainKey("username").WithValue("anna"));
        Assert.That(hers.Value, Is.Not.EqualTo(his.Value));
        Assert.That((await ReadAsync(cluster, "anna")).Content.ToArray(), Is.Not.EqualTo((await ReadAsync(cluster, "ben")).Content.ToArray()));
    }

    [Test]
    public async Task A_provider_with_another_user_each_time_does_not_loop()
    {
        await using var cluster = new Cluster(replicas: 0);
        var questions = 0;
        var vault = new ScriptedCredentials(_ => ++questions > 1000
            ? throw new InvalidOperationException("asked without an end")
            : new ValueTask<ApiaxCredentials>(new ApiaxCredentials($"user {questions}", "right")));
        cluster.Add(credentials: vault);

        var failure = await cluster.PassForAsync(Waiting.FailureOf<ApiaxAuthException>(cluster[0].GetAsync()));

        Assert.That((failure.Reason, questions < 10), Is.EqualTo((ApiaxAuthFailure.Unavailable, true)));
        Assert.That(failure.Message, Does.Contain("another user each time"));
    }

    private static async Task<TokenStoreEntry> ReadAsync(Cluster cluster, string user)
    {
        var name = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, user, scope: null);
        return await cluster.Store.ReadAsync(name, default);
    }
}
