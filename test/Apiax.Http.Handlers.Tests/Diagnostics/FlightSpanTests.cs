using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class FlightSpanTests
{
    [Test]
    public async Task A_flight_is_a_root_span_of_its_own_whoever_came_first()
    {
        using var spans = new Spans();
        await using var account = new Account();

        using (Caller("first"))
            await account.GetAsync();

        var flight = await spans.EndedAsync();
        Assert.That((flight.OperationName, flight.Kind, flight.ParentId, flight.Parent), Is.EqualTo(("apiax.auth.token", ActivityKind.Internal, (string?)null, (Activity?)null)));
    }

    [Test]
    public async Task Each_caller_who_waited_has_an_event_that_names_the_flight()
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
            Assert.That(EventsOf(caller), Is.EqualTo([$"apiax.auth.token.wait apiax.auth.flight.trace_id={flight.TraceId} apiax.auth.flight.span_id={flight.SpanId}"]));
        }
    }

    [Test]
    public async Task A_caller_who_gave_up_learns_what_it_waited_for()
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

        Assert.That(EventsOf(caller).Single(), Does.Contain((await spans.EndedAsync()).SpanId.ToHexString()));
    }

    [Test]
    public async Task A_caller_whose_token_is_at_hand_has_no_event_also_while_it_is_refreshed()
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
        Assert.That(caller.Events, Is.Empty);
    }

    [Test]
    public async Task Without_a_listener_there_is_no_span_and_no_event()
    {
        await using var account = new Account();
        using var caller = Caller("anyone");

        await account.GetAsync();

        Assert.That(caller.Events, Is.Empty);
    }

    [Test]
    public async Task A_span_says_what_was_asked_for_and_where()
    {
        using var spans = new Spans();
        await using var account = new Account(options => options.TokenEndpoint = new Uri("https://login.example:8443/token"));

        await account.GetAsync();
        account.Time.Advance(TimeSpan.FromSeconds(1800));
        await account.GetAsync();

        Assert.That(TagsOf(await spans.EndedAsync()), Is.EqualTo("apiax.auth.grant_type=password server.address=login.example server.port=8443"));
        Assert.That(TagsOf(await spans.EndedAsync(2)), Does.StartWith("apiax.auth.grant_type=refresh_token "));
        Assert.That((await spans.EndedAsync(2)).Status, Is.EqualTo(ActivityStatusCode.Unset));
    }

    [Test]
    public async Task A_span_of_a_flight_that_failed_is_an_error_and_says_which()
    {
        using var spans = new Spans();
        await using var account = new Account();
        await account.GetAsync();
        account.Endpoint.RefusesRefreshTokens = true;
        account.Endpoint.Passwords.Add("another");
        account.Time.Advance(TimeSpan.FromSeconds(1800));

        var failure = await account.FailureAsync();

        var flight = await spans.EndedAsync(2);
        Assert.That((flight.Status, flight.StatusDescription), Is.EqualTo((ActivityStatusCode.Error, failure.Message)));
        Assert.That(TagsOf(flight), Does.Contain("apiax.auth.grant_type=password").And.Contain("apiax.auth.refresh_refusal=invalid_grant").And.Contain("error.type=credentials_rejected"));
    }

    [Test]
    public async Task A_span_of_a_flight_that_was_put_off_is_no_error()
    {
        using var spans = new Spans();
        var postponed = FlightResult.Postponed(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "later"));
        await using var tokens = new SingleFlightTokenProvider((_, _) => Task.FromResult(postponed), TimeProvider.System, NullLogger.Instance);

        await Waiting.FailureOf(tokens.GetTokenAsync());

        var flight = await spans.EndedAsync();
        Assert.That((flight.Status, TagsOf(flight)), Is.EqualTo((ActivityStatusCode.Unset, "")));
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
        Assert.That(app.Logs.Of("SignedIn").Single().Rest, Does.Contain($"TraceId:{flight.TraceId}"));
    }

    /// <summary>A span of the application, which listens to nothing else.</summary>
    private static Activity Caller(string name) => new Activity(name) { ActivityTraceFlags = ActivityTraceFlags.Recorded, IsAllDataRequested = true }.Start();

    private static IEnumerable<string> EventsOf(Activity caller) => caller.Events.Select(each => $"{each.Name} {string.Join(' ', each.Tags.Select(tag => $"{tag.Key}={tag.Value}"))}");

    private static string TagsOf(Activity span) => string.Join(' ', span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
}
