using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenStoreContractTests
{
    private static IReadOnlyList<TokenStoreCheck> Checks => TokenStoreContract.Checks;

    [TestCaseSource(nameof(Checks))]
    public async Task The_store_in_memory_follows_the_rules(TokenStoreCheck check)
    {
        var time = new FakeTimeProvider();
        await check.RunAsync(new InMemoryTokenStore(time), Passing(time)).Soon();
    }

    private static IEnumerable<TokenStoreCheck> OneCallAtATime => Checks.Where(check => !check.Name.StartsWith("Of concurrent", StringComparison.Ordinal));

    [TestCaseSource(nameof(OneCallAtATime))]
    public async Task A_slow_store_follows_the_rules(TokenStoreCheck check)
    {
        var time = new FakeTimeProvider();
        var store = new InMemoryTokenStore(time);
        var slow = new StoreLink(store)
        {
            OnBegin = (account, begin) => LaterAsync(() => store.BeginAsync(account, begin, default)),
            OnCommit = (account, commit) => LaterAsync(() => store.CommitAsync(account, commit, default)),
        };

        await check.RunAsync(slow, Passing(time)).Soon();

        async Task<TokenStoreEntry> LaterAsync(Func<ValueTask<TokenStoreEntry>> call)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await call();
        }
    }

    [TestCaseSource(typeof(BrokenStores), nameof(BrokenStores.All))]
    public async Task A_store_that_breaks_a_rule_fails_its_check(string rule, Func<ITokenStore, ITokenStore> broken)
    {
        var time = new FakeTimeProvider();
        var check = Checks.Single(each => each.Name.StartsWith(rule, StringComparison.Ordinal));

        var violation = await Waiting.FailureOf<InvalidOperationException>(check.RunAsync(broken(new InMemoryTokenStore(time)), Passing(time)));

        Assert.That(violation.Message, Does.StartWith(rule));
    }

    [Test]
    public void Every_rule_has_a_store_that_breaks_it() => Assert.That(
        Checks.Select(check => check.Name).Where(name => !BrokenStores.All().Any(broken => name.StartsWith((string)broken.Arguments[0]!, StringComparison.Ordinal))), Is.Empty);

    private static Func<TimeSpan, Task> Passing(FakeTimeProvider time) => span =>
    {
        time.Advance(span);
        return Task.CompletedTask;
    };
}
