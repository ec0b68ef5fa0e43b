namespace Apiax.Http.Handlers.Tests;

/// <summary>The rest of it is what <see cref="BearerTokenHandlerReplayTests"/> send.</summary>
[TestFixture]
internal sealed class ReplayableContentTests
{
    [Test]
    public void A_stream_that_is_disposed_of_is_not_sent_again()
    {
        var content = new StreamContent(new MemoryStream());
        content.Dispose();

        Assert.That(ReplayableContent.Includes(content), Is.False);
    }
}
