namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ClientRegistrationsTests
{
    [Test]
    public void A_client_without_a_name_is_the_unnamed_one([Values] bool isOwning)
    {
        var clients = new ClientRegistrations();
        Assert.That(clients.IsRegistered(client: null), Is.False);

        if (isOwning)
            clients.AddWithOwnAccount("");
        else
            clients.AddWithSharedAccount("");

        Assert.That((clients.IsRegistered(client: null), clients.IsRegistered("")), Is.EqualTo((true, true)));
    }
}
