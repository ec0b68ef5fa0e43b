namespace Apiax.Http.Handlers.Tests;

/// <summary>A credentials provider that comes to answer with another user: his tokens are not those of the replicas that still have the one before.</summary>
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

        // Due: what he has alone is shared now, under his own name.
        cluster.Time.Advance(TimeSpan.FromMinutes(26));
        await cluster[0].RefreshAsync();
        var hers = await cluster.PassForAsync(cluster[1].ReplaceAsync(tokens[1]));

        Assert.That(cluster.Endpoint.Forms[^1], isStoreAway ? Does.ContainKey("refresh_token") : Does.ContainKey("username").WithValue("anna"));
        Assert.That(hers.Value, Is.Not.EqualTo(his.Value));
        Assert.That((await ReadAsync(cluster, "anna")).Content.ToArray(), Is.Not.EqualTo((await ReadAsync(cluster, "ben")).Content.ToArray()));
    }

    private static async Task<TokenStoreEntry> ReadAsync(Cluster cluster, string user)
    {
        var name = StoredAccount.NameOf(ApiaxAuthDefaults.TokenEndpoint.AbsoluteUri, ApiaxAuthDefaults.ClientId, user, scope: null);
        return await cluster.Store.ReadAsync(name, default);
    }
}
