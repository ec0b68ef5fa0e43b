using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The span of one flight for a token: a trace of its own, since it belongs to all its callers and not to the one who came first.</summary>
internal sealed class FlightSpan
{
    private static readonly ActivitySource Source = new(ApiaxAuthDiagnostics.ActivitySourceName, ApiaxAuthDiagnostics.Version);

    private volatile Activity? _span;

    /// <summary>Called where the flight is, which has no activity to be a child of.</summary>
    public void Begin() => _span = Source.StartActivity("apiax.auth.token", ActivityKind.Internal, parentContext: default);

    /// <summary>A request goes out, within the span; the last one's grant is what the flight ends with.</summary>
    public static void Asks(string grantType, Uri endpoint)
    {
        if (Activity.Current is { } span && ReferenceEquals(span.Source, Source))
        {
            span.SetTag("apiax.auth.grant_type", grantType);
            span.SetTag("server.address", endpoint.Host);
            span.SetTag("server.port", endpoint.Port);
        }
    }

    /// <param name="refusal">What the server had against the refresh token.</param>
    /// <param name="error">The kind of failure; nothing when there is a token.</param>
    /// <param name="explanation">The failure in words, without secrets.</param>
    public void End(string? refusal, string? error, string? explanation)
    {
        if (_span is not { } span)
            return;

        if (refusal is not null)
            span.SetTag("apiax.auth.refresh_refusal", refusal);

        if (error is not null)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, explanation);
        }

        span.Dispose();
    }

    /// <summary>Tells a caller's own span which flight it waited for. An event and no link: links cannot be added later on .NET 8.</summary>
    public void NameTo(Activity? caller)
    {
        if (_span is { } span && caller is { IsAllDataRequested: true })
        {
            caller.AddEvent(new ActivityEvent("apiax.auth.token.wait", tags: new ActivityTagsCollection
            {
                ["apiax.auth.flight.trace_id"] = span.TraceId.ToHexString(),
                ["apiax.auth.flight.span_id"] = span.SpanId.ToHexString(),
            }));
        }
    }
}
