using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class FlightSpanTests
{
    [Test]
    public async Task A_flight_is_a_root_span()
    {
        using var spans = new Spans();
        await using var account = new Account();

        using (Caller("first"))
            await account.GetAsync();

        var flight = await spans.EndedAsync();
        Assert.That((flight.OperationName, flight.Kind, flight.ParentId, flight.Parent), Is.EqualTo(("apiax.auth.token", ActivityKind.Internal, (string?)null, (Activity?)null)));
    }

    [Test]
    public async Task Each_caller_that_waited_is_linked_to_the_flight()
    {
        using var spans = new Spans();
        await using var account = new Account();
        var hold = account.Endpoint.Hold = new Gate();

        using var first = Caller("first");
        var call = account.Tokens.GetTokenAsync();
        await hold.Arrived;
        using var second = Caller("second");
        var other = account.Tokens.GetTokenAsync();
        hold.Open();
        await call.Soon();
        await other.Soon();

        var flight = await spans.EndedAsync();
        foreach (var caller in (Activity[])[first, second])
        {
            Assert.That(flight.TraceId, Is.Not.EqualTo(caller.TraceId));
            Assert.That(LinksOf(caller), Is.EqualTo((string[])[$"{flight.TraceId} {flight.SpanId}"]));
        }

        Assert.That(flight.GetTagItem("apiax.auth.waiting_calls"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_thousand_calls_under_one_span_are_one_link_for_each_flight_and_a_count()
    {
        using var spans = new Spans();
        await using var account = new Account();
        using var caller = Caller("batch");

        for (var generation = 1; generation <= 2; generation++)
        {
            var hold = account.Endpoint.Hold = new Gate();
            var calls = Enumerable.Range(0, 1000).Select(_ => account.Tokens.GetTokenAsync().AsTask()).ToList();
            await hold.Arrived;
            hold.Open();
            await Task.WhenAll(calls).Soon();

            var flight = await spans.EndedAsync(generation);
            Assert.That((LinksOf(caller).Count, LinksOf(caller)[^1]), Is.EqualTo((generation, $"{flight.TraceId} {flight.SpanId}")));
            Assert.That(flight.GetTagItem("apiax.auth.waiting_calls"), Is.EqualTo(1000));
            account.Time.Advance(TimeSpan.FromSeconds(1800));
        }
    }

    [Test]
    public async Task A_caller_that_cancelled_is_linked_to_the_flight()
    {
        using var spans = new Spans();
        await using var account = new Account();
        var hold = account.Endpoint.Hold = new Gate();
        using var cancellation = new CancellationTokenSource();
        using var caller = Caller("impatient");

        var call = account.Tokens.GetTokenAsync(cancellation.Token);
        await hold.Arrived;
        await cancellation.CancelAsync();
        await Waiting.FailureOf<OperationCanceledException>(call.AsTask());
        hold.Open();

        Assert.That(LinksOf(caller).Single(), Does.EndWith((await spans.EndedAsync()).SpanId.ToHexString()));
    }

    [Test]
    public async Task A_caller_with_a_valid_token_has_no_link_even_during_a_refresh()
    {
        using var spans = new Spans();
        await using var account = new Account();
        await account.GetAsync();
        await spans.EndedAsync();

        using var caller = Caller("lucky");
        account.GetAtOnce();
        account.Time.Advance(TimeSpan.FromSeconds(1798));
        account.GetAtOnce();

        Assert.That((await spans.EndedAsync(2)).Parent, Is.Null);
        Assert.That(LinksOf(caller), Is.Empty);
    }

    [Test]
    public async Task Without_a_listener_there_is_no_span_and_no_link()
    {
        await using var account = new Account();
        using var caller = Caller("anyone");

        await account.GetAsync();

        Assert.That(LinksOf(caller), Is.Empty);
    }

    [Test]
    public async Task A_span_has_the_grant_and_the_endpoint()
    {
        using var spans = new Spans();
        await using var account = new Account(options => options.TokenEndpoint = new Uri("https://login.example:8443/token"));

        await account.GetAsync();
        account.Time.Advance(TimeSpan.FromSeconds(1800));
        await account.GetAsync();

        Assert.That(TagsOf(await spans.EndedAsync()), Is.EqualTo("apiax.auth.account=(unnamed) apiax.auth.grant_type=password apiax.auth.waiting_calls=1 server.address=login.example server.port=8443"));
        Assert.That(TagsOf(await spans.EndedAsync(2)), Does.Contain(" apiax.auth.grant_type=refresh_token "));
        Assert.That((await spans.EndedAsync(2)).Status, Is.EqualTo(ActivityStatusCode.Unset));
    }

    [Test]
    public async Task The_span_of_a_failed_flight_has_the_error()
    {
        using var spans = new Spans();
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.RefusesRefreshTokens = true;
        account.Endpoint.Passwords.Add("another");
        account.Time.Advance(TimeSpan.FromSeconds(1800));

        var failure = await account.FailureAsync();

        var flight = await spans.EndedAsync(2);
        Assert.That((flight.Status, flight.StatusDescription), Is.EqualTo((ActivityStatusCode.Error, failure.Message["Account (unnamed): ".Length..])));
        Assert.That(TagsOf(flight), Does.Contain("apiax.auth.grant_type=password").And.Contain("apiax.auth.refresh_refusal=invalid_grant").And.Contain("error.type=credentials_rejected"));
    }

    [Test]
    public async Task The_span_of_a_postponed_flight_has_no_error()
    {
        using var spans = new Spans();
        var postponed = FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "later"));
        await using var tokens = new SingleFlightTokenProvider((_, _) => Task.FromResult(postponed), TimeProvider.System, () => TimeSpan.FromMinutes(1));

        await Waiting.FailureOf(tokens.GetTokenAsync());

        var flight = await spans.EndedAsync();
        Assert.That((flight.Status, TagsOf(flight)), Is.EqualTo((ActivityStatusCode.Unset, "apiax.auth.account=(unnamed) apiax.auth.waiting_calls=1")));
    }

    [Test]
    public async Task The_log_of_a_flight_belongs_to_its_trace()
    {
        using var spans = new Spans();
        await using var app = new App(services => services
            .AddLogging(logging => logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId))
            .AddApiaxAuth(App.Anna));

        await app.GetAsync();

        var flight = await spans.EndedAsync();
        Assert.That(app.Logs.Of("SignedIn").Single().Details, Does.Contain($"TraceId:{flight.TraceId}"));
    }

    /// <summary>A span of the application, created without a listener.</summary>
    private static Activity Caller(string name) => new Activity(name) { ActivityTraceFlags = ActivityTraceFlags.Recorded, IsAllDataRequested = true }.Start();

    /// <summary>The flights that a caller's span names: by links, and by events on .NET 8, where no link can be added to a span that has started.</summary>
    private static List<string> LinksOf(Activity caller) =>
#if NET9_0_OR_GREATER
        [.. caller.Links.Select(link => $"{link.Context.TraceId} {link.Context.SpanId}"), .. caller.Events.Select(each => each.Name)];
#else
        [.. caller.Events.Select(each => each.Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal)).Select(tags => $"{tags["apiax.auth.flight.trace_id"]} {tags["apiax.auth.flight.span_id"]}")];
#endif

    private static string TagsOf(Activity span) => string.Join(' ', span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
}
