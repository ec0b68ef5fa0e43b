using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The span of one flight for a token: a trace of its own, since it belongs to all its callers and not to the one who came first.</summary>
internal sealed class FlightSpan
{
    private static readonly ActivitySource Source = new(ApiaxAuthDiagnostics.ActivitySourceName, ApiaxAuthDiagnostics.Version);

    private readonly object _gate = new();
    private volatile Activity? _span;
    private int _waiting;

    /// <summary>Called where the flight is, which has no activity to be a child of.</summary>
    public void Begin(string account)
    {
        var span = Source.StartActivity("apiax.auth.token", ActivityKind.Internal, parentContext: default);
        span?.SetTag("apiax.auth.account", account);
        _span = span;
    }

    /// <summary>A request goes out, within the span; the last one's grant is what the flight ends with.</summary>
    public static void RecordRequest(string grantType, Uri endpoint)
    {
        if (Activity.Current is { } span && ReferenceEquals(span.Source, Source))
        {
            span.SetTag("apiax.auth.grant_type", grantType);
            span.SetTag("server.address", endpoint.Host);
            span.SetTag("server.port", endpoint.Port);
        }
    }

    /// <summary>One more call waits for the flight.</summary>
    public void Join() => Interlocked.Increment(ref _waiting);

    /// <param name="refusal">The server's error to the refresh token.</param>
    /// <param name="error">The kind of failure; nothing when there is a token.</param>
    /// <param name="explanation">The failure in words, without secrets.</param>
    public void End(string? refusal, string? error, string? explanation)
    {
        if (_span is not { } span)
            return;

        span.SetTag("apiax.auth.waiting_calls", Volatile.Read(ref _waiting));
        if (refusal is not null)
            span.SetTag("apiax.auth.refresh_refusal", refusal);

        if (error is not null)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, explanation);
        }

        span.Dispose();
    }

    /// <summary>Links a caller's own span to the flight that it waited for: once, however many calls it makes.</summary>
    public void LinkTo(Activity? caller)
    {
        if (_span is not { Id: { } id } span || caller is not { IsAllDataRequested: true })
            return;

        lock (_gate)
        {
            if (caller.GetCustomProperty(id) is not null)
                return;

            caller.SetCustomProperty(id, id);
        }

#if NET9_0_OR_GREATER
        caller.AddLink(new ActivityLink(span.Context));
#else
        // On .NET 8 no link can be added to a span that has begun.
        caller.AddEvent(new ActivityEvent("apiax.auth.token.wait", tags: new ActivityTagsCollection
        {
            ["apiax.auth.flight.trace_id"] = span.TraceId.ToHexString(),
            ["apiax.auth.flight.span_id"] = span.SpanId.ToHexString(),
        }));
#endif
    }
}
