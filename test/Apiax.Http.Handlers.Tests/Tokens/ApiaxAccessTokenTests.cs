using System.Diagnostics;
using System.Reflection;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiaxAccessTokenTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_token_prints_when_it_expires_and_not_its_text() =>
        Assert.That(Token().ToString(), Does.Not.Contain("secret").And.Contain("2026-01-01 13:00:00Z"));

    [Test]
    public void A_debugger_shows_what_the_token_prints_and_hides_its_text()
    {
        var value = typeof(ApiaxAccessToken).GetProperty(nameof(ApiaxAccessToken.Value))!;

        Assert.Multiple(() =>
        {
            Assert.That(value.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State, Is.EqualTo(DebuggerBrowsableState.Never));
            Assert.That(typeof(ApiaxAccessToken).GetCustomAttribute<DebuggerDisplayAttribute>()?.Value, Is.EqualTo("{ToString(),nq}"));
        });
    }

    [TestCase("")]
    [TestCase("two words")]
    [TestCase("tab\there")]
    [TestCase("line\r\nX-Injected: yes")]
    [TestCase("nul\0")]
    [TestCase("del\u007F")]
    [TestCase("ümlaut")]
    [TestCase("wide\uFF21")]
    public void A_text_that_is_not_allowed_in_a_header_is_not_a_token(string text) =>
        Assert.That(() => new ApiaxAccessToken(text, Noon, Noon), Throws.ArgumentException.With.Property(nameof(ArgumentException.ParamName)).EqualTo("value"));

    [Test]
    public void A_refused_text_is_not_quoted() =>
        Assert.That(() => new ApiaxAccessToken("my secret", Noon, Noon), Throws.ArgumentException.With.Message.Contains("visible ASCII").And.Message.Not.Contains("my secret"));

    [TestCase("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln-_")]
    [TestCase("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")]
    public void Every_visible_ASCII_character_is_allowed_in_a_token(string text) =>
        Assert.That(new ApiaxAccessToken(text, Noon, Noon).Value, Is.EqualTo(text));

    [Test]
    public void Tokens_are_equal_by_value()
    {
        var (one, same) = (Token(), Token());

        Assert.Multiple(() =>
        {
            Assert.That(one.Equals(same), Is.True);
            Assert.That(one.Equals((object)same), Is.True);
            Assert.That(one.GetHashCode(), Is.EqualTo(same.GetHashCode()));
        });
    }

    [Test]
    public void Tokens_with_different_text_or_time_are_different() =>
        Assert.Multiple(() =>
        {
            Assert.That(Token().Equals(new ApiaxAccessToken("other", Noon.AddHours(1), Noon)), Is.False);
            Assert.That(Token().Equals(new ApiaxAccessToken("secret", Noon.AddHours(2), Noon)), Is.False);
            Assert.That(Token().Equals(null), Is.False);
        });

    private static ApiaxAccessToken Token() => new("secret", Noon.AddHours(1), Noon);
}
