using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class TokenRequestGateTests
{
    [Test]
    public void A_hold_that_is_disposed_twice_ends_no_other_hold()
    {
        var gate = new TokenRequestGate();
        var first = gate.Hold();
        var second = gate.Hold();

        first.Dispose();
        first.Dispose();
        Assert.That(gate.PassAsync(CancellationToken.None).IsCompleted, Is.False);

        second.Dispose();
        Assert.That(gate.PassAsync(CancellationToken.None).IsCompleted, Is.True);
    }
}
