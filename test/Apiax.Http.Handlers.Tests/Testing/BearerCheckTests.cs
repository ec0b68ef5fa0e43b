using Apiax.Http.Handlers.Testing;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class BearerCheckTests
{
    [Test]
    public async Task Every_call_is_counted_with_any_number_of_threads()
    {
        // Without sockets, and without a token, so that the realm's lock is not taken: nothing else keeps the threads from colliding.
        const int Calls = 1_000_000;
        var check = new BearerCheck(new Realm(new ApiaxSandboxOptions()));
        using var contexts = new ThreadLocal<HttpContext>(() => new DefaultHttpContext());

        await Parallel.ForAsync(0, Calls, async (_, _) => await check.InvokeAsync(contexts.Value!, _ => Task.CompletedTask));

        Assert.That(check.Unauthorized, Is.EqualTo(Calls));
    }
}
