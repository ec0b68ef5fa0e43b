using System.Globalization;
using System.Net;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>A failure prints its seed; <c>CsCheck_Seed</c> in the environment replays it.</summary>
[TestFixture]
internal sealed class LifetimeProperties
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Fallback = TimeSpan.FromSeconds(1800);
    private static readonly TimeSpan ADay = TimeSpan.FromHours(24);

    [Test]
    public void For_any_answer_the_lifetime_is_more_than_zero_and_a_day_at_most() =>
        Gen.Select(TokenAnswers.AccessToken, TokenAnswers.Lifetime, TokenAnswers.Lifetime, Gen.DateTimeOffset).Sample(
            (token, expiresIn, expiresAt, serverTime) =>
            {
                var answer = TokenJson.Parse(Encoding.UTF8.GetBytes(TokenAnswers.Answer(token, expiresIn, expiresAt)));
                var lifetime = TokenLifetime.Of(answer!, serverTime, Fallback);
                return lifetime > TimeSpan.Zero && lifetime <= ADay;
            },
            iter: 30_000);

    /// <summary>The rules again, in exact decimals: by its size a value is seconds, epoch seconds or epoch milliseconds, in either member.</summary>
    [Test]
    public void The_size_of_a_number_decides_its_meaning_in_either_member() =>
        Gen.Select(Gen.Decimal[-10m, 1e13m], Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Long[-200_000, 200_000]).Sample(
            (size, scale, inExpiresAt, asText, clockError) =>
            {
                var value = scale switch { 0 => size % 100_000, 1 => size % 10_000_000_000, 2 => (Now.ToUnixTimeMilliseconds() + (size % 200_000_000)) / 1000, _ => Now.ToUnixTimeMilliseconds() + (size % 200_000_000) };
                value = decimal.Round(value, 3);
                var text = value.ToString(CultureInfo.InvariantCulture);
                var json = asText ? $"\"{text}\"" : text;
                var serverTime = Now.AddMilliseconds(clockError);
                var answer = TokenJson.Parse(Encoding.UTF8.GetBytes(TokenAnswers.Answer("opaque", inExpiresAt ? null : json, inExpiresAt ? json : null)));

                var lifetime = TokenLifetime.Of(answer!, serverTime, Fallback);

                return (lifetime - Expected(value, serverTime)).Duration() < TimeSpan.FromMilliseconds(1);
            },
            iter: 30_000);

    [Test]
    public void An_invalid_lifetime_is_ignored_for_the_next_source() =>
        Gen.OneOf("0", "-5", "\"NaN\"", "\"soon\"", "null", "{}", "-1e400", "\"-Infinity\"", "1e400").SelectMany(nothing => Gen.Long[1, 86_400].Select(seconds => (nothing, seconds))).Sample(
            (nothing, seconds) =>
            {
                var number = seconds.ToString(CultureInfo.InvariantCulture);
                var jwt = TokenAnswers.Jwt($$"""{"exp":{{1_767_225_600 + seconds}},"iat":1767225600}""");
                var declared = TimeSpan.FromSeconds(seconds);
                return Of("opaque", nothing, number) == declared && Of(jwt, nothing, nothing) == declared && Of("opaque", nothing, nothing) == (nothing == "0" ? TimeSpan.FromSeconds(1) : Fallback);
            },
            iter: 1_000);

    /// <summary>Through the whole library, with and without <c>Date</c>, and with a wrong clock on either side.</summary>
    [Test]
    public Task Every_answer_with_a_token_gives_a_token_that_is_valid_now() =>
        Gen.Select(TokenAnswers.AccessToken, TokenAnswers.Lifetime, TokenAnswers.Lifetime, Gen.DateTimeOffset.Nullable()).SampleAsync(
            async (token, expiresIn, expiresAt, date) =>
            {
                using var endpoint = new Answering(TokenAnswers.Answer(token, expiresIn, expiresAt), date);
                await using var tokens = ApiaxAccessTokens.Create(new ApiaxAuthOptions { Username = "anna", Password = "right" }, handler: endpoint, timeProvider: new FakeTimeProvider(Now));

                var given = await tokens.GetTokenAsync();

                return given.Value == token && given.ExpiresOn > Now && given.ExpiresOn <= Now + ADay && given.RefreshOn > Now && given.RefreshOn <= given.ExpiresOn;
            },
            iter: 2_000);

    private static TimeSpan Of(string token, string expiresIn, string expiresAt) =>
        TokenLifetime.Of(TokenJson.Parse(Encoding.UTF8.GetBytes(TokenAnswers.Answer(token, expiresIn, expiresAt)))!, Now, Fallback);

    private static TimeSpan Expected(decimal value, DateTimeOffset serverTime)
    {
        var milliseconds = value switch
        {
            >= 100_000_000_000m => value - serverTime.ToUnixTimeMilliseconds(),
            >= 1_000_000_000m => (value * 1000) - serverTime.ToUnixTimeMilliseconds(),
            _ => value * 1000,
        };
        return value == 0 ? TimeSpan.FromSeconds(1) : milliseconds <= 0 ? Fallback : TimeSpan.FromMilliseconds((double)Math.Clamp(milliseconds, 1000, 86_400_000));
    }

    private sealed class Answering(string json, DateTimeOffset? date) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
            answer.Headers.Date = date;
            return Task.FromResult(answer);
        }
    }
}
