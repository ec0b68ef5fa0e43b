using System.Net;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A redirect changes the request's URL and removes its token: the token must never be sent to another host.</summary>
[TestFixture(Sending.Async)]
[TestFixture(Sending.AsyncAnsweredLater)]
[TestFixture(Sending.Sync)]
internal sealed class BearerTokenHandlerRedirectTests(Sending sending)
{
    [Test]
    public async Task The_caller_gets_a_401_after_a_redirect_to_another_host()
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, request) =>
        {
            ApiStub.Redirect(request, "https://evil.example/");
            return ApiStub.Unauthorized();
        };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That((client.Tokens.Rejected.Count, client.Api.Calls.Count), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task An_answer_from_another_host_is_returned_to_the_caller()
    {
        using var client = new BearerClient(sending);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "https://evil.example/");
        client.Api.Answer = (_, _) => new HttpResponseMessage(HttpStatusCode.Unauthorized) { RequestMessage = elsewhere };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That((client.Tokens.Rejected.Count, client.Api.Calls.Count), Is.EqualTo((0, 1)));
    }

    [TestCase("https://other.apiax.io/rules")]
    [TestCase("https://api.apiax.io/rules")]
    public async Task A_token_that_a_redirect_removed_is_sent_again_without_a_token_request(string target)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, request) =>
        {
            if (call.Number > 1)
                return null;

            ApiStub.Redirect(request, target);
            return ApiStub.Unauthorized();
        };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));

        Assert.Multiple(() =>
        {
            Assert.That(client.Api.Tokens, Is.EqualTo(["token-1", "token-1"]));
            Assert.That(client.Api.Calls[1].Uri.AbsoluteUri, Is.EqualTo(target));
            Assert.That((client.Tokens.Requests, client.Tokens.Rejected.Count), Is.EqualTo((1, 0)));
        });
    }

    [Test]
    public async Task A_call_is_sent_three_times_at_most([Values] bool isRedirectedFirst)
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, request) =>
        {
            // A handler that sends without end must fail here, not hang.
            if (call.Number > 9)
                return null;

            if (isRedirectedFirst ? call.Number != 2 : call.Number == 2)
                ApiStub.Redirect(request, "https://other.apiax.io/rules");

            return ApiStub.Unauthorized();
        };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That(client.Api.Tokens, Is.EqualTo(new[] { "token-1", isRedirectedFirst ? "token-1" : "token-2", "token-2" }));
    }

    [Test]
    public async Task A_redirect_loop_is_sent_twice_and_costs_no_token_request()
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, request) =>
        {
            ApiStub.Redirect(request, "https://other.apiax.io/rules");
            return call.Number > 9 ? null : ApiStub.Unauthorized();
        };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That((client.Tokens.Rejected.Count, client.Api.Calls.Count), Is.EqualTo((0, 2)));
    }

    /// <summary>Otherwise nothing would explain the 401: the API has not seen the token.</summary>
    [Test]
    public async Task A_token_that_a_second_redirect_removes_is_a_warning_once_for_each_host()
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (_, request) =>
        {
            ApiStub.Redirect(request, "https://other.apiax.io/rules/latest");
            return ApiStub.Unauthorized();
        };

        for (var i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync();

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
        }

        var entry = client.Logs.Of("TokenNotResent").Single();
        Assert.That(entry.Level, Is.EqualTo(LogLevel.Warning));
        Assert.That(entry.Message, Does.Contain("other.apiax.io:443").And.Not.Contain("latest"));
    }

    [Test]
    public async Task A_token_that_a_redirect_removes_from_a_request_that_cannot_be_sent_again_is_a_warning()
    {
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = 0);
        client.Api.Answer = (_, request) =>
        {
            ApiStub.Redirect(request, "https://api.apiax.io/rules/");
            return ApiStub.Unauthorized();
        };

        using var response = await client.PostAsync(new StreamContent(new Bodies.OneWayStream([1, 2, 3])));

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
        Assert.That(client.Logs.Of("TokenNotResent").Single().Message, Does.Contain("api.apiax.io:443"));
    }

    [Test]
    public async Task The_replay_does_not_follow_a_first_redirect_to_another_host()
    {
        using var client = new BearerClient(sending);
        client.Api.Answer = (call, request) =>
        {
            ApiStub.Redirect(request, call.Number == 1 ? "https://other.apiax.io/" : "https://evil.example/");
            return ApiStub.Unauthorized();
        };

        await client.StatusOf();

        Assert.That(client.Api.Calls.Select(call => call.Uri.Host), Is.EqualTo(["api.apiax.io", "other.apiax.io"]));
    }

    [Test]
    public async Task Without_RetryOnUnauthorized_a_token_that_a_redirect_removed_is_still_sent_again()
    {
        using var client = new BearerClient(sending, options => options.RetryOnUnauthorized = false);
        client.Api.Answer = (call, request) =>
        {
            if (call.Number > 1)
                return null;

            ApiStub.Redirect(request, "https://other.apiax.io/");
            return ApiStub.Unauthorized();
        };

        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));

        Assert.That((client.Tokens.Rejected.Count, client.Api.Calls.Count), Is.EqualTo((0, 2)));
    }
}
