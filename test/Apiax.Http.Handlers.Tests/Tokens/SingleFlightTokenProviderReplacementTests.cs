using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>On a 401: another token, fetched once, and not too often.</summary>
[TestFixture]
internal sealed class SingleFlightTokenProviderReplacementTests
{
    [Test]
    public async Task A_token_that_was_replaced_meanwhile_needs_no_token_request()
    {
        await using var account = new Account();
        var rejected = await account.GetAsync();
        var current = await account.Tokens.ReplaceTokenAsync(rejected).Soon();

        Assert.That(await account.Tokens.ReplaceTokenAsync(rejected).Soon(), Is.SameAs(current));
        Assert.That(account.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task All_callers_of_a_revoked_token_share_one_flight()
    {
        await using var account = new Account();
        var rejected = await account.GetAsync();
        var hold = account.Endpoint.Hold = new Gate();

        var calls = Enumerable.Range(0, 1000).Select(_ => account.Tokens.ReplaceTokenAsync(rejected).Soon()).ToList();
        hold.Open();

        Assert.That((await Task.WhenAll(calls)).Select(token => token?.Value), Has.All.EqualTo("access-2"));
        Assert.That((account.Endpoint.Refreshes, account.Endpoint.Logins), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_caller_that_cancels_ends_only_its_own_wait_for_a_replacement()
    {
        await using var account = new Account();
        using var cancellation = new CancellationTokenSource();
        var rejected = await account.GetAsync();
        var hold = account.Endpoint.Hold = new Gate();
        var cancelled = account.Tokens.ReplaceTokenAsync(rejected, cancellation.Token).AsTask();
        var other = account.Tokens.ReplaceTokenAsync(rejected).Soon();
        await hold.Arrived;

        await cancellation.CancelAsync();
        await Waiting.FailureOf<OperationCanceledException>(cancelled);
        hold.Open();

        Assert.That((await other)?.Value, Is.EqualTo("access-2"));
    }

    [Test]
    public async Task The_next_replacement_comes_ten_seconds_later_and_then_twenty()
    {
        await using var account = new Account();
        var token = await account.GetAsync();
        var replacedAt = new List<int>();

        for (var second = 0; second < 40; second++)
        {
            var other = await account.Tokens.ReplaceTokenAsync(token).Soon();
            if (other is not null)
                replacedAt.Add(second);

            token = other ?? token;
            account.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(replacedAt, Is.EqualTo([0, 10, 30]));
    }

    [Test]
    public async Task A_token_that_is_used_until_its_ordinary_refresh_ends_the_ration()
    {
        await using var account = new Account();
        for (var replacement = 0; replacement < 6; replacement++)
        {
            await account.Tokens.ReplaceTokenAsync(await account.GetAsync()).Soon();
            account.Time.Advance(TimeSpan.FromSeconds(300));
        }

        account.Time.Advance(TimeSpan.FromSeconds(1800));
        var renewed = await account.GetAsync();
        var replaced = (await account.Tokens.ReplaceTokenAsync(renewed).Soon())!;
        account.Time.Advance(TimeSpan.FromSeconds(10));
        var replacedAgain = await account.Tokens.ReplaceTokenAsync(replaced).Soon();

        Assert.That(new[] { renewed, replaced, replacedAgain }, Is.Unique.And.None.Null);
    }

    [Test]
    public async Task A_failed_replacement_throws_the_endpoints_failure()
    {
        await using var account = new Account();
        var rejected = await account.GetAsync();
        account.Endpoint.Fault = TokenEndpointStub.Html;

        var failure = await Waiting.FailureOf(account.Tokens.ReplaceTokenAsync(rejected));

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.InvalidAnswer));
        Assert.That(account.GetAtOnce(), Is.SameAs(rejected));
    }

    [Test]
    public async Task A_server_that_repeats_the_rejected_token_has_no_other_to_send_again_with()
    {
        await using var account = new Account();
        var rejected = await account.GetAsync();
        account.Endpoint.Fault = () => new HttpResponseMessage { Content = new StringContent($$"""{"access_token":"{{rejected.Value}}","expires_in":3600}""") };

        Assert.That(await account.Tokens.ReplaceTokenAsync(rejected).Soon(), Is.Null);
    }

    [Test]
    public async Task An_API_that_always_answers_401_costs_two_token_requests_for_ten_calls()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Api.RejectsAll = true;

        for (var call = 0; call < 10; call++)
            await app.GetAsync();

        Assert.That(app.Endpoint.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task An_API_that_always_answers_401_costs_two_token_requests_for_a_thousand_concurrent_calls()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Api.RejectsAll = true;
        var client = app.Client();

        var responses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => client.GetAsync(new Uri("https://api.apiax.io/rules"))))).Soon();

        Assert.That(app.Endpoint.Requests, Is.EqualTo(2));
        Assert.That(responses.Select(response => (int)response.StatusCode), Has.All.EqualTo(401));
    }

    [Test]
    public async Task An_API_that_always_answers_401_costs_twenty_token_requests_an_hour_at_most()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        app.Endpoint.LifetimeInSeconds = 24 * 3600;
        app.Api.RejectsAll = true;

        for (var second = 0; second < 3600; second++)
        {
            await app.GetAsync();
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(app.Endpoint.Requests, Is.InRange(10, 20));
    }

    [Test]
    public async Task One_revoked_token_costs_one_token_request()
    {
        await using var app = new App(services => services.AddApiaxAuth(App.Anna));
        await app.GetAsync();
        app.Api.Rejected.Add("access-1");

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => app.GetAsync()))).Soon();
        var status = await app.GetAsync();

        Assert.That((app.Endpoint.Requests, (int)status), Is.EqualTo((2, 200)));
    }
}
