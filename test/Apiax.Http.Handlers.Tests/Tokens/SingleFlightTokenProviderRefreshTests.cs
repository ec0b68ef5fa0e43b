using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Refresh ahead: no caller waits while a token is valid, and no valid token is lost.</summary>
[TestFixture]
internal sealed class SingleFlightTokenProviderRefreshTests
{
    private static readonly TimeSpan PastRefreshOn = TimeSpan.FromSeconds(1501);

    [Test]
    public async Task Twenty_calls_with_a_token_of_a_minute_need_one_token_request()
    {
        await using var account = new Account();
        account.Endpoint.LifetimeInSeconds = 60;
        await account.GetAsync();

        for (var call = 1; call < 20; call++)
        {
            account.Time.Advance(TimeSpan.FromSeconds(2));
            account.GetAtOnce();
            await Waiting.SettleAsync();
        }

        Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Callers_keep_the_old_token_while_it_is_refreshed()
    {
        await using var account = new Account();
        var old = await account.GetAsync();
        var hold = account.Endpoint.Hold = new Gate();
        account.Time.Advance(PastRefreshOn);

        var meanwhile = Enumerable.Range(0, 20).Select(_ => account.GetAtOnce()).ToList();
        await hold.Arrived;
        meanwhile.Add(account.GetAtOnce());
        hold.Open();
        await account.LandingAsync(old);

        Assert.Multiple(() =>
        {
            Assert.That(meanwhile, Has.All.SameAs(old));
            Assert.That(account.GetAtOnce().Value, Is.EqualTo("access-2"));
            Assert.That(account.Endpoint.Refreshes, Is.EqualTo(1));
            Assert.That(account.Endpoint.Logins, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_failed_refresh_backs_off_thirty_seconds()
    {
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.Fault = TokenEndpointStub.Html;
        account.Time.Advance(PastRefreshOn);
        account.GetAtOnce();
        await account.Logs.WaitForAsync("NoToken");

        for (var second = 0; second < 30; second++)
        {
            account.GetAtOnce();
            await Waiting.SettleAsync();
            Assert.That(account.Endpoint.Requests, Is.EqualTo(2));
            account.Time.Advance(TimeSpan.FromSeconds(1));
        }

        account.GetAtOnce();
        await account.Logs.WaitForAsync("NoToken", 2);
        Assert.That(account.Endpoint.Requests, Is.EqualTo(3));
    }

    [Test]
    public async Task A_valid_token_is_used_regardless_of_the_endpoint(
        [Values(HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.Found, HttpStatusCode.Forbidden)] HttpStatusCode status)
    {
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.Fault = () => new HttpResponseMessage(status);
        account.Time.Advance(PastRefreshOn);

        account.GetAtOnce();
        await account.Logs.WaitForAsync("NoToken");
        account.Time.Advance(TimeSpan.FromSeconds(297));

        Assert.That(account.GetAtOnce().Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_valid_token_is_used_although_refresh_token_and_password_are_refused()
    {
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.RefusesRefreshTokens = true;
        account.Endpoint.Passwords.Add("another");
        account.Time.Advance(PastRefreshOn);

        account.GetAtOnce();
        await account.Logs.WaitForAsync("NoToken");

        Assert.That(account.GetAtOnce().Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task An_expired_token_is_no_longer_used()
    {
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.Fault = TokenEndpointStub.Html;
        account.Time.Advance(TimeSpan.FromSeconds(1800));

        Assert.That((await account.FailureAsync()).Reason, Is.EqualTo(ApiaxAuthFailure.InvalidAnswer));
    }

    [Test]
    public async Task A_token_of_one_second_works_with_three_token_requests_a_second_at_most()
    {
        await using var account = new Account();
        account.Endpoint.LifetimeInSeconds = 1;

        for (var instant = 0; instant < 200; instant++)
        {
            var token = await account.GetAsync();
            Assert.That(token.ExpiresOn, Is.GreaterThan(account.Time.GetUtcNow()));

            // The flight in the background must not seem to take a part of the second.
            await Waiting.SettleAsync();
            account.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.That(account.Endpoint.Requests, Is.InRange(10, 30));
    }

    [Test]
    public async Task An_endpoint_that_is_down_is_not_called_again_at_once()
    {
        await using var account = new Account();
        account.Endpoint.Fault = TokenEndpointStub.Overloaded;

        var first = await account.FailureAsync();
        account.Time.Advance(TimeSpan.FromSeconds(59));
        var second = await account.FailureAsync();
        Assert.That(account.Endpoint.Requests, Is.EqualTo(1));

        account.Time.Advance(second.RetryAfter!.Value);
        account.Endpoint.Fault = null;
        await account.GetAsync();
        Assert.Multiple(() =>
        {
            Assert.That(first.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
            Assert.That(first.RetryAfter, Is.InRange(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(75)));
            Assert.That(second.RetryAfter, Is.EqualTo(first.RetryAfter - TimeSpan.FromSeconds(59)));
        });
    }

    [Test]
    public async Task A_refused_refresh_falls_back_to_the_password_in_the_same_flight()
    {
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.RefusesRefreshTokens = true;
        account.Time.Advance(TimeSpan.FromSeconds(1800));

        Assert.That((await account.GetAsync()).Value, Is.EqualTo("access-2"));
        Assert.That((account.Endpoint.Refreshes, account.Endpoint.Logins), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task Fourteen_days_need_one_password_login()
    {
        await using var account = new Account();

        for (var halfHour = 0; halfHour < (14 * 48) - 1; halfHour++)
        {
            await account.GetAsync();
            account.Time.Advance(TimeSpan.FromMinutes(30));
        }

        Assert.That(account.Endpoint.Logins, Is.EqualTo(1));
    }
}
