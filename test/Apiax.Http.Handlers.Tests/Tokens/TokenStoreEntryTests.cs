namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenStoreEntryTests
{
    [Test]
    public void An_entry_prints_its_version_and_not_its_bytes() =>
        Assert.That(new TokenStoreEntry(7, TimeSpan.FromSeconds(42), "secret"u8.ToArray()).ToString(), Is.EqualTo("TokenStoreEntry { [redacted], version 7 }"));
}
