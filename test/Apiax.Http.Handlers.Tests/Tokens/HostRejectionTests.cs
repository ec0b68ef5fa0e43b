using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A host's rejection of a token affects only that host, does not cause requests without end, and is cancelled when the host accepts the token.</summary>
[TestFixture]
internal sealed class HostRejectionTests
{
    private const string A = "https://a.apiax.io/rules";
    private const string B = "https://b.apiax.io/rules";

    [Test]
    public async Task A_token_that_one_host_rejects_is_used_for_the_others_while_the_endpoint_is_down()
    {
        await using var app = Running(call => call.Uri.Host == "a.apiax.io");
        await app.GetAsync(url: B);
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;

        Assert.That((await app.GetAsync(url: A), await app.GetAsync(url: B), await app.GetAsync(url: B)), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(app.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task Each_port_of_a_host_counts_as_a_separate_host()
    {
        await using var app = Running(call => call.Uri.Port == 8443, options => options.ApiHosts.Add("a.apiax.io:8443"), "a.apiax.io");
        await app.GetAsync(url: A);
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;

        Assert.That((await app.GetAsync(url: "https://a.apiax.io:8443/"), await app.GetAsync(url: A)), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
    }

    [Test]
    public async Task A_token_revoked_once_a_minute_costs_one_token_request_a_minute_and_no_failed_call()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        var failed = 0;

        for (var second = 0; second < 7200; second++)
        {
            if (second % 60 == 30)
                app.Api.Rejected.Add(app.Api.Calls[^1].Token!);
            failed += await app.GetAsync() is HttpStatusCode.OK ? 0 : 1;
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That((failed, app.Endpoint.Requests), Is.EqualTo((0, 1 + 120)));
    }

    [Test]
    public async Task A_host_that_rejects_every_token_does_not_affect_other_hosts()
    {
        await using var app = Running(call => call.Uri.Host == "a.apiax.io");
        for (var call = 0; call < 100; call++)
            await app.GetAsync(url: A);
        await app.GetAsync(url: B);
        app.Api.Rejected.Add(app.Api.Calls[^1].Token!);

        Assert.That((await app.GetAsync(url: B), app.Endpoint.Requests), Is.EqualTo((HttpStatusCode.OK, 3)));
    }

    [Test]
    public async Task Of_two_paths_one_accepted_and_one_rejected_a_token_is_replaced_every_ten_seconds_at_first_then_once_a_minute()
    {
        await using var app = Running(call => call.Uri.AbsolutePath == "/never");
        app.Endpoint.LifetimeInSeconds = 24 * 3600;
        var replaced = new List<int>();

        for (var second = 0; second < 2 * 3600; second++)
        {
            var before = app.Endpoint.Requests;
            await app.GetAsync(url: "https://a.apiax.io/never");
            await app.GetAsync(url: A);
            if (second > 0 && app.Endpoint.Requests > before)
                replaced.Add(second);
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var waits = replaced.Zip(replaced.Skip(1), (one, next) => next - one).ToList();
        Assert.That((waits.TakeWhile(wait => wait == 10).Count(), waits[9]), Is.EqualTo((9, 20)));
        Assert.That(waits.Skip(10), Is.EqualTo(Enumerable.Repeat(60, 117)));
    }

    [Test]
    public async Task A_path_that_always_answers_401_leaves_the_others_without_a_token_for_a_minute_at_most_when_a_session_ends()
    {
        var ended = new HashSet<string>(StringComparer.Ordinal);
        await using var app = Running(call => call.Uri.AbsolutePath == "/never" || ended.Contains(call.Token!));
        app.Endpoint.LifetimeInSeconds = 24 * 3600;
        var failed = new List<int>();

        for (var second = 0; second < 2400; second++)
        {
            await app.GetAsync(url: "https://a.apiax.io/never");
            if (await app.GetAsync(url: A) is not HttpStatusCode.OK)
                failed.Add(second);
            // The path has just used the only replacement that was left.
            if (second == 1080)
                ended.Add(app.Api.Calls[^1].Token!);
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(failed, Is.EqualTo(Enumerable.Range(1081, 59)));
    }

    [Test]
    public async Task An_API_that_rejected_a_token_by_mistake_is_used_again_at_once_even_if_the_endpoint_is_down()
    {
        await using var app = Running(_ => false);
        await app.GetAsync(url: A);
        app.Api.RejectsAll = true;
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        Assert.That(await app.GetAsync(url: A), Is.EqualTo(HttpStatusCode.Unauthorized));
        app.Api.RejectsAll = false;

        Assert.That(await app.GetAsync(url: A), Is.EqualTo(HttpStatusCode.OK));
        app.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.That(await app.GetAsync(url: A), Is.EqualTo(HttpStatusCode.OK));
        // The sign-out waits for a token request under way.
        await app.Provider.GetRequiredService<ApiaxAccounts>().SignOutAsync().Soon();
        Assert.That(app.Endpoint.Requests, Is.EqualTo(2), "the host has accepted the token: no other is requested");
    }

    [Test]
    public async Task While_the_endpoint_hangs_no_call_with_a_valid_token_waits()
    {
        await using var app = Running(call => call.Uri.Host == "a.apiax.io");
        await app.GetAsync(url: B);
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await app.PostStreamAsync(A);
        await app.Logs.WaitForAsync("NoToken");
        app.Endpoint.Fault = null;
        app.Time.Advance(TimeSpan.FromMinutes(6));
        app.Endpoint.Hold = new Gate();

        Assert.That((await app.PostStreamAsync(A), await app.GetAsync(url: B)), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
    }

    [Test]
    public async Task A_repeated_call_waits_for_the_replacement_of_the_token()
    {
        await using var app = Running(call => call.Uri.Host == "a.apiax.io" && call.Token == "access-1");
        await app.GetAsync(url: B);
        var hold = app.Endpoint.Hold = new Gate();

        Assert.That(await app.PostStreamAsync(A), Is.EqualTo(HttpStatusCode.Unauthorized), "at once");
        var repeated = app.PostStreamAsync(A);
        var elsewhere = await app.GetAsync(url: B);
        hold.Open();

        Assert.That((elsewhere, await repeated), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(app.Api.Calls.Count(call => call.Uri.Host == "a.apiax.io" && call.Token == "access-1"), Is.EqualTo(1));
    }

    [Test]
    public async Task Two_hundred_rejected_calls_without_an_endpoint_are_one_warning()
    {
        await using var app = Running(_ => false);
        await app.GetAsync(url: A);
        app.Api.RejectsAll = true;
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;

        for (var call = 0; call < 200; call++)
        {
            if (call == 100)
                app.Time.Advance(TimeSpan.FromMinutes(6));
            await app.GetAsync(url: A);
        }

        app.Endpoint.Fault = null;
        app.Time.Advance(TimeSpan.FromMinutes(6));
        await app.GetAsync(url: A);

        Assert.That(app.Endpoint.Requests, Is.EqualTo(4), "one, two that failed, and one");
        Assert.That(app.Logs.Of("NotReplaced").Count(), Is.EqualTo(1));
        await app.Logs.WaitForAsync("RejectionsCounted");
        Assert.That(app.Logs.Of("RejectionsCounted").Single().Message, Does.Contain("a.apiax.io:443").And.Contain("201 times"));
    }

    [Test]
    public async Task An_API_that_rejects_everything_is_one_warning_for_each_replacement()
    {
        await using var app = Running(_ => true);
        app.Endpoint.LifetimeInSeconds = 24 * 3600;

        for (var second = 0; second < 100; second++)
        {
            await app.GetAsync(url: A);
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That((app.Endpoint.Requests, app.Logs.Of("Rationed").Count()), Is.EqualTo((5, 4)));
        Assert.That(app.Logs.Of("Rationed").Select(entry => entry.Level), Has.All.EqualTo(LogLevel.Warning));
    }

    [Test]
    public async Task A_403_counts_as_a_rejected_token_if_that_is_set_and_it_has_no_insufficient_scope([Values] bool isSet, [Values] bool isScope)
    {
        await using var app = Running(_ => false, options => options.ReplaceOnForbidden = isSet, "a.apiax.io");
        app.Api.Answer = (call, _) =>
        {
            var answer = call.Token == "access-1" ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null;
            if (isScope)
                answer?.Headers.TryAddWithoutValidation("WWW-Authenticate", "Bearer error=\"insufficient_scope\"");
            return answer;
        };

        Assert.That(await app.GetAsync(url: A), Is.EqualTo(isSet && !isScope ? HttpStatusCode.OK : HttpStatusCode.Forbidden));
    }

    [TestCase(HttpStatusCode.OK, true)]
    [TestCase(HttpStatusCode.NotFound, true)]
    [TestCase(HttpStatusCode.Conflict, true)]
    [TestCase(HttpStatusCode.Forbidden, false)]
    [TestCase(HttpStatusCode.ProxyAuthenticationRequired, false)]
    [TestCase(HttpStatusCode.TooManyRequests, false)]
    [TestCase(HttpStatusCode.NotModified, false)]
    [TestCase(HttpStatusCode.BadGateway, false)]
    public async Task An_answer_to_the_new_token_ends_the_ration_if_the_API_has_looked_at_it(HttpStatusCode status, bool ends)
    {
        await using var app = Running(_ => false);
        await app.GetAsync(url: A);
        for (var number = 1; number <= 3; number++)
        {
            // The token is replaced, and the new one gets this answer; from the second on, the pause is 20 s if the API has accepted none.
            app.Api.Answer = (call, _) => call.Token == app.Api.Calls[0].Token || app.Api.Rejected.Contains(call.Token!) ? ApiStub.Unauthorized() : new HttpResponseMessage(status);
            app.Api.Rejected.Add($"access-{number}");
            await app.GetAsync(url: A);
            app.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.That(app.Endpoint.Requests, Is.EqualTo(ends ? 4 : 3));
    }

    private static App Running(Func<ApiCall, bool> rejects, Action<ApiaxAuthOptions>? configure = null, params string[] hosts)
    {
        var app = new App(services => services.AddApiaxAuth(options =>
        {
            App.Anna(options);
            foreach (var host in hosts)
                options.ApiHosts.Add(host);
            configure?.Invoke(options);
        }));
        app.Api.Answer = (call, _) => rejects(call) ? ApiStub.Unauthorized() : null;
        return app;
    }
}
