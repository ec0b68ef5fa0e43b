using System.Net.Http.Headers;

namespace Apiax.Http.Handlers.Tests.Testing;

[TestFixture]
internal sealed class SandboxTokenRequestTests : SandboxTests
{
    [Test]
    public async Task Every_token_request_is_kept_with_its_form_its_headers_and_its_instant()
    {
        var start = Clock.GetUtcNow();
        var login = await Client.SignInAsync();
        Clock.Advance(TimeSpan.FromMinutes(20));
        await Client.RefreshAsync(login);

        var requests = Apiax.TokenRequests;
        Assert.Multiple(() =>
        {
            Assert.That(requests.Select(request => request.GrantType), Is.EqualTo((string[])["password", "refresh_token"]));
            Assert.That(requests.Select(request => request.ReceivedOn - start), Is.EqualTo((TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMinutes(20)]));
            Assert.That(requests.Select(request => request.HasClientAssertionType), Is.EqualTo((bool[])[false, true]));
            Assert.That(requests.Select(request => request.HasAuthorization), Has.All.False);
            Assert.That(requests[0].Username, Is.EqualTo(Apiax.Username));
            Assert.That(requests[0].Form["password"], Is.EqualTo(Apiax.Password));
            Assert.That(requests[1].Form["refresh_token"], Is.EqualTo(login.RefreshToken));
            Assert.That(requests[1].Headers["content-type"], Is.EqualTo("application/x-www-form-urlencoded"));
        });
    }

    [Test]
    public async Task An_Authorization_header_is_recorded_and_ignored()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Apiax.TokenEndpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "x");
        request.Content = new StringContent("grant_type=x&client_id=integration-api", new MediaTypeHeaderValue("application/x-www-form-urlencoded"));

        Assert.That((await Client.SendAsync(request)).Error, Is.EqualTo("unsupported_grant_type"));
        Assert.That(Apiax.TokenRequests.Single().HasAuthorization, Is.True);
    }

    [Test]
    public async Task A_token_request_prints_no_secret()
    {
        var login = await Client.SignInAsync();
        await Client.RefreshAsync(login);
        await Client.SignInAsync("wrong");

        Assert.That(Apiax.TokenRequests.Select(request => request.ToString()), Is.EqualTo((string[])
        [
            $"password of {Apiax.Username}: Granted",
            "refresh_token: Granted",
            $"password of {Apiax.Username}: Refused (invalid_grant)",
        ]));
    }
}
