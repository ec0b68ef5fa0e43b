namespace Apiax.Http.Handlers.Tests;

/// <summary>A wrong password locks an account when it is sent twice within a second.</summary>
[TestFixture]
internal sealed class SingleFlightTokenProviderProtectionTests
{
    [Test]
    public async Task A_rejected_password_is_sent_once_for_a_thousand_calls_on_fifty_threads()
    {
        await using var account = new Account();
        account.Endpoint.Passwords.Add("another");

        var failures = await Waiting.AtOnceAsync(50, async _ =>
        {
            List<ApiaxAuthException> mine = [];
            for (var call = 0; call < 20; call++)
                mine.Add(await account.FailureAsync());

            return mine;
        });

        var all = failures.SelectMany(failure => failure).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
            Assert.That(all, Has.Count.EqualTo(1000));
            Assert.That(all.Select(failure => failure.Reason), Has.All.EqualTo(ApiaxAuthFailure.CredentialsRejected));
            Assert.That(all.Select(failure => failure.RetryAfter), Has.All.EqualTo(all[0].RetryAfter).And.All.InRange(TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(75)));
        });
    }

    [Test]
    public async Task Later_calls_fail_at_once_and_say_how_long()
    {
        await using var account = new Account();
        account.Endpoint.Passwords.Add("another");
        var first = await account.FailureAsync();
        account.Time.Advance(TimeSpan.FromSeconds(5));

        var call = account.Tokens.GetTokenAsync();

        Assert.That(call.IsFaulted);
        var failure = await Waiting.FailureOf(call);
        Assert.That((failure.Reason, failure.Error, failure.RetryAfter), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, (string?)null, first.RetryAfter - TimeSpan.FromSeconds(5))));
    }

    [Test]
    public async Task The_same_password_is_tried_again_when_the_cool_down_is_over()
    {
        await using var account = new Account();
        account.Endpoint.Passwords.Add("another");
        var rest = (int)(await account.FailureAsync()).RetryAfter!.Value.TotalSeconds;

        for (var second = 1; second <= rest; second++)
        {
            account.Time.Advance(TimeSpan.FromSeconds(1));
            await account.FailureAsync();
        }

        Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
        account.Endpoint.Passwords.Add("right");
        account.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await account.GetAsync()).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_provider_is_called_again_every_ten_seconds_at_most()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var account = new Account(credentials: vault);
        account.Endpoint.Passwords.Add("right");
        await account.FailureAsync();
        var asked = new List<int>();

        for (var second = 1; second <= 30; second++)
        {
            account.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => account.FailureAsync()));
            asked.Add(vault.Reads);
        }

        Assert.Multiple(() =>
        {
            Assert.That((asked[8], asked[9], asked[18], asked[19], asked[29]), Is.EqualTo((1, 2, 2, 3, 4)));
            Assert.That(account.Endpoint.Requests, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Another_password_from_the_provider_is_sent_during_the_cool_down()
    {
        var vault = new CredentialsStub { Password = "wrong" };
        await using var account = new Account(credentials: vault);
        account.Endpoint.Passwords.Add("right");
        await account.FailureAsync();

        vault.Password = "right";
        account.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.That((await account.GetAsync()).Value, Is.EqualTo("access-1"));
    }

    [Test]
    public async Task A_failing_provider_is_Unavailable_with_its_inner_exception()
    {
        var vault = new CredentialsStub { Failure = new IOException("The vault is closed.") };
        await using var account = new Account(credentials: vault);

        var failure = await account.FailureAsync();

        Assert.That(failure.Reason, Is.EqualTo(ApiaxAuthFailure.Unavailable));
        Assert.That(failure.InnerException, Is.SameAs(vault.Failure));
        Assert.That(account.Endpoint.Requests, Is.Zero);
    }
}
