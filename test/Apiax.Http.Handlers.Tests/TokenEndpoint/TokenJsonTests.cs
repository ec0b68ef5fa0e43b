using System.Text;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenJsonTests
{
    [Test]
    public void Members_of_any_name_and_type_are_ignored()
    {
        var response = Parse("""{"access_token":"t","not-before-policy":0,"scope":"a b","session_state":null,"x":[{"access_token":"no"}],"expires_in":60,"Access_Token":"no"}""");

        Assert.That((response!.AccessToken, response.ExpiresIn), Is.EqualTo(("t", 60.0)));
    }

    [Test]
    public void An_error_answer_is_read_as_well()
    {
        var response = Parse("""{"error":"invalid_grant","error_description":"Account disabled"}""");

        Assert.That((response!.Error, response.ErrorDescription), Is.EqualTo(("invalid_grant", "Account disabled")));
    }

    [Test]
    public void A_byte_order_mark_is_ignored() => Assert.That(Parse("\uFEFF{\"access_token\":\"t\"}")?.AccessToken, Is.EqualTo("t"));

    [TestCase("")]
    [TestCase("null")]
    [TestCase("true")]
    [TestCase("42")]
    [TestCase("\"text\"")]
    [TestCase("[]")]
    [TestCase("[{\"access_token\":\"t\"}]")]
    [TestCase("{")]
    [TestCase("{}{}")]
    [TestCase("{\"access_token\":\"\\ud800\"}")]
    [TestCase("access_token=t&expires_in=60")]
    [TestCase("<html></html>")]
    public void Anything_but_an_object_is_no_answer(string text) => Assert.That(Parse(text), Is.Null);

    [TestCase("42")]
    [TestCase("false")]
    [TestCase("null")]
    [TestCase("{\"a\":[1]}")]
    [TestCase("[[]]")]
    public void A_member_that_should_be_a_string_and_is_not_counts_as_absent(string value)
    {
        var answer = Parse($$"""{"refresh_token":{{value}},"error":{{value}},"error_description":{{value}},"token_type":{{value}},"access_token":"t"}""")!;

        Assert.That((answer.RefreshToken, answer.Error, answer.ErrorDescription, answer.TokenType, answer.AccessToken), Is.EqualTo(((string?)null, (string?)null, (string?)null, (string?)null, "t")));
    }

    [Test]
    public void A_name_that_is_not_valid_text_does_not_throw() =>
        Assert.That(() => Parse("{\"\\ud800\":1,\"access_token\":\"t\"}"), Throws.Nothing);

    [Test]
    public void Bytes_that_are_no_UTF_8_are_no_answer() => Assert.That(TokenJson.Parse([.. "{\"access_token\":\""u8, 0xFF, .. "\"}"u8]), Is.Null);

    [Test]
    public void Nesting_without_end_is_no_answer() => Assert.That(Parse("{\"x\":" + new string('[', 100_000)), Is.Null);

    private static TokenJson? Parse(string text) => TokenJson.Parse(Encoding.UTF8.GetBytes(text));
}
