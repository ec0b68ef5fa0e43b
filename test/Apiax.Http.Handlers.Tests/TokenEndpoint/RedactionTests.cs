using System.Diagnostics;
using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What of a server's text is shown; <see cref="TokenAnswerTests"/> test this with answers.</summary>
[TestFixture]
internal sealed class RedactionTests
{
    private const string Token = "0paque-t0ken";
    private const string JsonWebToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

    [TestCase("e", "eeee is the end", "[redacted] is th[redacted] [redacted]nd")]
    [TestCase("red", "red, reduced", "[redacted], [redacted]uced")]
    [TestCase("e", "a text [redacted] by another", "a t[redacted]xt [redacted] by anoth[redacted]r")]
    public void A_user_name_is_not_replaced_inside_a_replacement(string username, string text, string shown) =>
        Assert.That(new Redaction([], [username]).Of(text, 256), Is.EqualTo(shown));

    [Test]
    public void A_long_text_of_secrets_is_cheap()
    {
        var redaction = new Redaction(["d", "c", "t", Token], ["e", "r", "a"]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(redaction.Of(new string('e', Redaction.MaxLength), int.MaxValue), Is.EqualTo("[redacted]"));
        Assert.That(redaction.Of(string.Concat(Enumerable.Repeat("e ", Redaction.MaxLength / 2)), 30), Is.EqualTo("[redacted] [redacted] [redacte"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(5_000_000));
    }

    [TestCase("one-two-three", "one-two", "two-three")]
    [TestCase("one-two-three", "two-three", "one-two")]
    [TestCase("one-two-three", "one-two-three", "two")]
    [TestCase("one-two-three", "two", "one-two-three")]
    public void Of_secrets_that_overlap_nothing_is_left(string text, string one, string other)
    {
        Assert.That(new Redaction([one, other], []).Of($"<{text}>", 256), Is.EqualTo("<[redacted]>"));
        Assert.That(new Redaction([one], [other]).Of($"<{text}>", 256), Is.EqualTo("<[redacted]>"));
    }

    [Test]
    public void A_secret_that_overlaps_a_replacement_in_the_servers_text_is_removed() =>
        Assert.That(new Redaction(["]secret"], []).Of("a [redacted]secret", 256), Is.EqualTo("a [redacted]"));

    [TestCase("e")]
    [TestCase("sub")]
    public void A_user_name_hides_no_JSON_Web_Token(string username) =>
        Assert.That(new Redaction([], [username]).Of($"no {JsonWebToken}", 256), Is.EqualTo("no [redacted]"));

    [TestCase("eyJhbGciOiJub25lIn", "no eyJhbGciOiJub25lIn")]
    [TestCase("eyJhbGciOiJub25lIn0", "no [redacted]")]
    public void A_text_that_is_too_short_for_a_JSON_Web_Token_is_shown(string word, string shown) =>
        Assert.That(new Redaction([], []).Of($"no {word}", 256), Is.EqualTo(shown));

    [Test]
    public void Also_an_escaped_JSON_Web_Token_is_removed() =>
        Assert.That(new Redaction([], []).Of($"no {JsonWebToken.Replace(".", "&#46;", StringComparison.Ordinal).Replace("eyJ", "ey&#74;", StringComparison.Ordinal)}", 256), Is.EqualTo("[redacted]"));

    [TestCase("pa55 wörd&", "pa55+w%C3%B6rd%26")]
    [TestCase("pa55* (wörd)", "pa55*+%28w%C3%B6rd%29", TestName = "{m}(as Java writes a form)")]
    public void A_secret_is_removed_in_the_spelling_of_any_form(string secret, string spelling) =>
        Assert.That(new Redaction([secret], []).Of($"password={spelling}", 256), Is.EqualTo("password=[redacted]").Or.EqualTo("[redacted]"));

    [Test]
    public void A_secret_is_removed_in_base64_together_with_each_user_name() =>
        Assert.That(new Redaction([Token], ["anna", "bert"]).Of($"Basic {Base64("anna:" + Token)}, Basic {Base64("bert:" + Token)}", 256), Is.EqualTo("Basic [redacted], Basic [redacted]"));

    /// <summary>No part of a secret may be left where a text is cut.</summary>
    [Test]
    public void A_secret_at_any_place_of_a_long_text_is_not_shown_in_part()
    {
        foreach (var length in (int[])[20, 256, Redaction.MaxLength, int.MaxValue])
        {
            foreach (var place in Enumerable.Range(Math.Min(length, Redaction.MaxLength) - Token.Length - 2, Token.Length + 4).Where(place => place >= 0))
            {
                foreach (var spelling in new[] { Token, WebUtility.HtmlEncode(Token).Replace("-", "&#x2d;", StringComparison.Ordinal) })
                    Assert.That(new Redaction([Token], []).Of(new string('.', place) + spelling, length), Does.Not.Contain(Token[..1]), $"at {place} of {length}");
            }
        }
    }

    [Test]
    public void A_text_that_is_longer_than_any_explanation_is_not_shown()
    {
        var clock = Stopwatch.StartNew();
        Assert.That(new Redaction([Token], []).Of(new string('x', Redaction.MaxLength), 3), Is.EqualTo("xxx"));
        Assert.That(new Redaction([Token], []).Of(new string('x', Redaction.MaxLength + 1), 256), Is.EqualTo("[redacted]"));
        Assert.That(new Redaction([Token], ["x"]).Of(new string('x', 1024 * 1024), 256), Is.EqualTo("[redacted]"));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" \u200b\r\n")]
    public void A_text_without_anything_to_see_is_none(string? text) => Assert.That(new Redaction([Token, null, ""], [null, ""]).Of(text, 256), Is.Null);

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)).TrimEnd('=');
}
