using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenStoreContractTests
{
    private static IReadOnlyList<TokenStoreCheck> Checks => TokenStoreContract.Checks;

    [TestCaseSource(nameof(Checks))]
    public async Task The_store_in_memory_keeps_the_law(TokenStoreCheck check)
    {
        var time = new FakeTimeProvider();
        await check.RunAsync(new InMemoryTokenStore(time), Passing(time)).Soon();
    }

    [TestCaseSource(nameof(BrokenStores))]
    public async Task A_store_that_breaks_a_law_is_found_out(string law, Func<ITokenStore, ITokenStore> broken)
    {
        var time = new FakeTimeProvider();
        var found = new List<string>();
        foreach (var check in Checks)
        {
            try
            {
                await check.RunAsync(broken(new InMemoryTokenStore(time)), Passing(time)).Soon();
            }
            catch (InvalidOperationException violation)
            {
                found.Add(violation.Message);
            }
        }

        Assert.That(found, Has.Some.StartsWith(law));
    }

    private static IEnumerable<TestCaseData> BrokenStores()
    {
        yield return Broken("Of many who begin at once", store => new StoreLink(store)
        {
            OnBegin = (begin, _) => begin(turn => new TokenStoreTurn(TokenStoreTurnOwner.Caller, turn.Entry)),
        });
        yield return Broken("Of many who commit on one version", store => new StoreLink(store)
        {
            OnCommit = async (account, owner, expected, content) =>
            {
                var entry = await store.CommitAsync(account, owner, expected, content, TimeSpan.FromMinutes(1), default);
                return entry is null ? null : new TokenStoreEntry(entry.Version, default, content);
            },
        });
        yield return Broken("A commit on another version", store => new StoreLink(store)
        {
            OnCommit = async (account, owner, _, content) =>
                await store.CommitAsync(account, owner, (await store.ReadAsync(account, default))?.Version ?? 0, content, TimeSpan.FromMinutes(1), default),
        });
        yield return Broken("A version is never used again", store => new StoreLink(store)
        {
            OnRead = entry => entry is null ? null : new TokenStoreEntry(1, entry.Age, entry.Content),
            OnCommit = async (account, owner, expected, content) => new TokenStoreEntry(
                1, default, (await store.CommitAsync(account, owner, expected, content, TimeSpan.FromMilliseconds(100), default))?.Content ?? default),
        });
        yield return Broken("An age counts from the commit", store => new StoreLink(store)
        {
            OnRead = entry => entry is null ? null : new TokenStoreEntry(entry.Version, default, entry.Content),
        });
        yield return Broken("A silent turn is taken over", store => new StoreLink(store) { OnBegin = (begin, _) => begin(turn => turn.Owner is TokenStoreTurnOwner.CallerInsteadOfAnother ? new(TokenStoreTurnOwner.Another, null) : turn) });
    }

    private static TestCaseData Broken(string law, Func<ITokenStore, ITokenStore> broken) => new TestCaseData(law, broken).SetArgDisplayNames(law);

    private static Func<TimeSpan, Task> Passing(FakeTimeProvider time) => span =>
    {
        time.Advance(span);
        return Task.CompletedTask;
    };
}
