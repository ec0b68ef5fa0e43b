using System.Net;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>The answers of two versions of Keycloak, as measured: the sandbox gives them, and the library understands them.</summary>
[TestFixture(KeycloakAnswers.Older)]
[TestFixture(KeycloakAnswers.Newer)]
internal sealed class KeycloakAnswerTests(string version) : SandboxTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(8);

    private static IEnumerable<KeycloakAnswer> All => [.. KeycloakAnswers.AboutTheRequest, .. KeycloakAnswers.AboutThePassword, .. KeycloakAnswers.AboutTheRefreshToken, .. KeycloakAnswers.AboutTheFirstDefect];

    [TestCaseSource(nameof(All))]
    public async Task The_sandbox_states_it(KeycloakAnswer answer)
    {
        var reply = await answer.SendAsync(await SceneAsync());

        Assert.That((reply.Status, reply.Error, reply.Description), Is.EqualTo((answer.Status(version), answer.Error, answer.Description)));
        Assert.That((reply.MediaType, reply.Headers.CacheControl!.NoStore), Is.EqualTo(("application/json", true)));
    }

    [TestCaseSource(typeof(KeycloakAnswers), nameof(KeycloakAnswers.AboutTheRequest))]
    public void It_is_about_neither_password_nor_refresh_token(KeycloakAnswer answer) =>
        Assert.That((MeaningOf(answer, isRefresh: false), MeaningOf(answer, isRefresh: true)), Is.EqualTo((AnswerMeaning.Misconfigured, AnswerMeaning.Misconfigured)));

    [TestCaseSource(typeof(KeycloakAnswers), nameof(KeycloakAnswers.AboutThePassword))]
    public void It_is_about_the_password(KeycloakAnswer answer) => Assert.That(MeaningOf(answer, isRefresh: false), Is.EqualTo(AnswerMeaning.Refused));

    [TestCaseSource(typeof(KeycloakAnswers), nameof(KeycloakAnswers.AboutTheRefreshToken))]
    public void It_is_about_the_refresh_token(KeycloakAnswer answer) => Assert.That(MeaningOf(answer, isRefresh: true), Is.EqualTo(AnswerMeaning.Refused));

    [TestCaseSource(typeof(KeycloakAnswers), nameof(KeycloakAnswers.Rejections))]
    public async Task The_API_rejects_an_expired_token_and_another_one_may_help(KeycloakRejection rejection)
    {
        var scene = await SceneAsync();
        using var answer = await scene.Client.GetAsync(await rejection.TokenOfAsync(scene));

        Assert.That((answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()), Is.EqualTo((HttpStatusCode.Unauthorized, rejection.Challenge)));
        Assert.That(BearerChallenges.HasInsufficientScope(answer.Headers), Is.False);
    }

    private async Task<KeycloakScene> SceneAsync()
    {
        await RestartAsync(new ApiaxSandboxOptions { KeycloakVersion = Version.Parse(version), TokenLifetime = TimeSpan.FromSeconds(6), SessionIdle = Idle, SessionMax = TimeSpan.FromSeconds(20) });
        return new KeycloakScene(Apiax, Client, Idle, Clock.Advance);
    }

    private AnswerMeaning MeaningOf(KeycloakAnswer answer, bool isRefresh)
    {
        var request = isRefresh ? TokenRequest.Refresh(new(), "refresh") : TokenRequest.Login(new(), new ApiaxCredentials("user", "password"));
        return new TokenAnswer((HttpStatusCode)answer.Status(version), "application/json", TokenJson.Parse(answer.Body), null, Clock.GetUtcNow(), Clock.GetUtcNow()).MeaningFor(request);
    }
}
