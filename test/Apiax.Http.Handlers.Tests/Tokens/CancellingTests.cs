namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class CancellingTests
{
    [Test]
    public void A_timer_that_fires_while_its_source_is_disposed_of_does_not_end_the_process()
    {
        var source = new CancellationTokenSource();
        source.Dispose();

        Assert.That(source.CancelAll, Throws.Nothing);
    }
}
