namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenStoreEntryTests
{
    [Test]
    public void An_entry_prints_its_version_and_not_its_bytes() =>
        Assert.That($"{new TokenStoreEntry { Time = default, Version = 7, Content = "secret"u8.ToArray() }}", Is.EqualTo("TokenStoreEntry { [redacted], version 7, turn: Nobody }"));
}
