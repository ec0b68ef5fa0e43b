using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.IntegrationTests;

[TestFixture]
internal sealed class RefreshTests
{
    // With a lifetime of 30 minutes, a refresh is due after 22 to 25 of them.
    private static readonly TimeSpan AheadOfExpiry = TimeSpan.FromMinutes(26);

    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task No_call_waits_for_a_refresh_ahead_of_expiry()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        await application.GetRulesAsync();

        _time.Advance(AheadOfExpiry);
        using var held = server.HoldTokenRequests();
        var answers = await application.GetRulesAsync(calls: 50);
        await held.Arrived;
        var meanwhile = await application.GetRulesAsync(calls: 50);

        Assert.That(answers.Concat(meanwhile), Is.All.EqualTo(200));
        Assert.That((server.TokenRequests.Count, server.ApiCallsPassed), Is.EqualTo((1, 101)), "the refresh is still under way");

        var first = server.LastToken;
        held.Open();
        await CallUntilAsync(application, () => server.LastToken != first);

        Assert.That((server.Logins, server.Refreshes, server.ApiCallsRefused), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public async Task Fourteen_days_of_strict_rotation_take_one_login()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);
        var end = _time.GetUtcNow() + TimeSpan.FromDays(14);

        await application.GetRulesAsync();
        var refreshes = 0;
        while (_time.GetUtcNow() + AheadOfExpiry < end)
        {
            var token = server.LastToken;
            _time.Advance(AheadOfExpiry);
            Assert.That(await application.GetRulesAsync(calls: 2), Is.All.EqualTo(200));
            await server.AnsweredAsync(tokenRequests: 1 + ++refreshes);
            await CallUntilAsync(application, () => server.LastToken != token);
        }

        Assert.Multiple(() =>
        {
            Assert.That(refreshes, Is.EqualTo(775));
            Assert.That((server.Logins, server.Refreshes, server.InvalidGrants), Is.EqualTo((1, refreshes, 0)));
            Assert.That((server.TokenRequests.Count, server.ApiCallsRefused), Is.EqualTo((1 + refreshes, 0)));
        });
    }

    [Test]
    public async Task After_fourteen_days_there_is_a_login_and_no_refused_refresh()
    {
        await using var server = await AuthorizationServer.StartAsync(_time);
        await using var application = Application.Of(server, _time);

        await application.GetRulesAsync();
        _time.Advance(TimeSpan.FromDays(13));
        await application.GetRulesAsync();
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        var answer = await application.GetRulesAsync();

        Assert.That((answer, server.Logins, server.Refreshes, server.InvalidGrants), Is.EqualTo((200, 2, 1, 0)));
    }

    /// <summary>A background refresh ends at any time: calls continue, and all succeed, until one has its token.</summary>
    private static async Task CallUntilAsync(Application application, Func<bool> seen)
    {
        for (var call = 0; !seen(); call++)
        {
            Assert.That(call, Is.LessThan(10_000));
            Assert.That(await application.GetRulesAsync(), Is.EqualTo(200));
        }
    }
}
