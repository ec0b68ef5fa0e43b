using System.Globalization;
using System.Net;
using System.Text;

namespace Apiax.Http.Handlers.Fuzz;

/// <summary>
/// Reads an answer of the token endpoint: its JSON, its lifetime, what it means. The first line of an input is the answer's status, <c>refresh</c> if a refresh was
/// answered and not a login, and the date if the answer has one; the body follows.
/// </summary>
internal static class TokenAnswerTarget
{
    private const string Secret = "s3cret-word";

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TokenRequest Login = TokenRequest.Login(new ApiaxAuthOptions(), new ApiaxCredentials("anna", Secret));
    private static readonly TokenRequest Refresh = TokenRequest.Refresh(new ApiaxAuthOptions(), Secret, "anna");

    /// <returns>"Granted", or the reason why there is no token.</returns>
    public static string Run(ReadOnlySpan<byte> input)
    {
        var end = Math.Max(0, input.IndexOf((byte)'\n'));
        var (status, request, date) = FirstLine(Encoding.Latin1.GetString(input[..Math.Min(end, 100)]));
        var answer = new TokenAnswer((HttpStatusCode)status, "application/json", TokenJson.Parse(input[end..]), RetryAfter: null, date ?? Now, Now)
        {
            IsEmpty = input[end..].Trim(" \t\r\n"u8).IsEmpty,
        };

        var meaning = answer.MeaningFor(request);
        if (meaning is not AnswerMeaning.Granted)
            return Checked(answer.FailureFor(request, meaning), answer, status, request.IsRefresh);

        var token = answer.Body!;
        Require(status is >= 200 and < 300, "a token came out of an answer that is none");
        var lifetime = TokenLifetime.Of(token, answer.ServerTime, TimeSpan.FromSeconds(1800));
        Require(lifetime > TimeSpan.Zero && lifetime <= TimeSpan.FromHours(24), "the lifetime is not within its bounds");
        Require(TokenLifetime.OfRefreshToken(token, answer.ServerTime) is null or { Ticks: >= 0 }, "the refresh token's lifetime is negative");
        var expiresOn = Now + lifetime;
        var accessToken = new ApiaxAccessToken(token.AccessToken!, expiresOn, TokenLifetime.RefreshOn(expiresOn - lifetime, lifetime, refreshTokenLife: null, TimeSpan.FromMinutes(5), jitter: 1));
        Require(accessToken.RefreshOn > Now && accessToken.RefreshOn <= expiresOn, "the token is refreshed at once, or too late");
        return "Granted";
    }

    private static string Checked(ApiaxAuthException failure, TokenAnswer answer, int status, bool isRefresh)
    {
        var expected = status switch
        {
            >= 300 and < 400 => failure.Reason is ApiaxAuthFailure.InvalidAnswer,
            408 or 429 or >= 500 => failure.Reason is ApiaxAuthFailure.Unavailable,
            _ when answer.IsEmpty => failure.Reason is ApiaxAuthFailure.InvalidAnswer || (failure.Reason is ApiaxAuthFailure.CredentialsRejected && (status is 400 or 401 || (status is 403 && !isRefresh))),
            _ when string.IsNullOrWhiteSpace(answer.Body?.Error) => failure.Reason is ApiaxAuthFailure.InvalidAnswer,
            _ => failure.Reason is not ApiaxAuthFailure.CredentialsRejected || answer.Body.Error is "invalid_grant" || (isRefresh && answer.Body.Error is "invalid_token"),
        };
        Require(expected, $"{failure.Reason} for {status}");
        foreach (var text in new[] { failure.Message, failure.Error, failure.ErrorDescription })
        {
            Require(text?.Contains(Secret, StringComparison.OrdinalIgnoreCase) != true, "the secret stands in the failure");
            Require(text is null || (text.Length <= 1000 && !text.Any(char.IsControl)), "the failure quotes too much, or control characters");
        }

        return failure.Reason.ToString();
    }

    private static (int Status, TokenRequest Request, DateTimeOffset? Date) FirstLine(string line)
    {
        const string refresh = " refresh";
        var request = line.Contains(refresh, StringComparison.Ordinal) ? Refresh : Login;
        line = line.Replace(refresh, "", StringComparison.Ordinal);
        var status = int.TryParse(line.AsSpan(0, Math.Min(3, line.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 200 and < 600 ? number : 200;
        return (status, request, line.Length > 4 && DateTimeOffset.TryParseExact(line[4..], "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }
}
