using Apiax.Http.Handlers.Testing;
using Xunit;

namespace Samples.XUnit;

/// <summary>A token store against the rules of <c>ITokenStore</c>.</summary>
public sealed class TokenStoreTests
{
    public static TheoryData<TokenStoreCheck> Checks => new(TokenStoreContract.Checks);

    [Theory, MemberData(nameof(Checks))]
    public Task The_store_keeps_the_rule(TokenStoreCheck check)
    {
        var store = new InMemoryTokenStore();
        return check.RunAsync(store, time =>
        {
            store.ClockCorrection += time;
            return Task.CompletedTask;
        });
    }
}
