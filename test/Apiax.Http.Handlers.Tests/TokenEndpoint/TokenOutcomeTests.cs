using Apiax.Http.Handlers.Tests.Doubles;
using static Apiax.Http.Handlers.Tests.Doubles.Answers;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenOutcomeTests
{
    private static readonly ApiaxAuthException Failure = new(ApiaxAuthFailure.Unavailable, "failed");

    [TestCase(AnswerMeaning.NotSent, AnswerMeaning.Lost, RefreshTokenUse.Uncertain)]
    [TestCase(AnswerMeaning.Lost, AnswerMeaning.NotSent, RefreshTokenUse.Uncertain)]
    [TestCase(AnswerMeaning.Lost, AnswerMeaning.Refused, RefreshTokenUse.Used)]
    [TestCase(AnswerMeaning.NotSent, AnswerMeaning.Busy, RefreshTokenUse.Unused)]
    public void Of_several_attempts_the_one_that_used_the_refresh_token_the_most_counts(object first, object last, object use) =>
        Assert.That(new TokenOutcome((AnswerMeaning)last, Failure).After(new((AnswerMeaning)first, Failure)).RefreshTokenUse, Is.EqualTo(use));

    [Test]
    public void A_refresh_that_cannot_be_sent_any_more_is_not_stalled() =>
        Assert.That(new TokenOutcome(AnswerMeaning.NotSent, Failure).After(new(AnswerMeaning.Lost, Failure)).IsStalled, Is.False);

    [Test]
    public async Task A_handler_that_refuses_to_send_a_token_request_has_sent_none()
    {
        var (time, refused) = (new ManualClock(), new ApiaxAuthException(ApiaxAuthFailure.Misconfigured, "It follows redirects."));
        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), time, CancellationToken.None);
        var outcome = await new TokenClient(() => throw refused, time).LoginAsync(new(), new ApiaxCredentials("anna", "right"), limit);

        Assert.That((outcome.Meaning, outcome.WasRead, outcome.IsStalled, outcome.IsJudged), Is.EqualTo((AnswerMeaning.Misconfigured, false, false, false)));
    }

    /// <summary>The page of a proxy: the server has not seen the refresh token. An answer of the server without a token: it may have used it.</summary>
    [TestCase("<html/>", "text/html", AnswerMeaning.NotChecked)]
    [TestCase("{", "application/json", AnswerMeaning.Unusable)]
    [TestCase("{}", "text/plain", AnswerMeaning.Unusable)]
    public async Task A_success_that_is_no_token_answer_is_the_server_s_only_if_it_is_JSON(string body, string contentType, object meaning)
    {
        var time = new ManualClock();
        using var endpoint = new ScriptedTokenEndpoint(time, Of(200, body, contentType));
        var last = new TokenSet(new ApiaxAccessToken("t0", ManualClock.Noon, ManualClock.Noon), "r0", ManualClock.Noon.AddDays(1), ManualClock.Noon);

        using var limit = new TimeLimit(TimeSpan.FromSeconds(30), time, CancellationToken.None);
        var outcome = await time.PassUntilAsync(new TokenClient(() => endpoint, time).RefreshAsync(new(), last, limit));

        Assert.That(outcome.Meaning, Is.EqualTo(meaning));
    }
}
