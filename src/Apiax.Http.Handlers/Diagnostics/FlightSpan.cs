using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>The span of one flight, in a separate trace: it belongs to all its callers, not only to the first one.</summary>
internal sealed class FlightSpan
{
    private static readonly ActivitySource Source = new(ApiaxAuthDiagnostics.ActivitySourceName, ApiaxAuthDiagnostics.Version);

    private readonly object _gate = new();
    private volatile Activity? _span;
    private int _waiting;

    /// <summary>Called inside the flight, where there is no parent activity.</summary>
    public void Begin(string account)
    {
        var span = Source.StartActivity("apiax.auth.token", ActivityKind.Internal, parentContext: default);
        span?.SetTag("apiax.auth.account", account);
        _span = span;
    }

    /// <summary>Records a request in the span; the flight's grant is that of its last request.</summary>
    public static void RecordRequest(string grantType, Uri endpoint)
    {
        if (Activity.Current is { } span && ReferenceEquals(span.Source, Source))
        {
            span.SetTag("apiax.auth.grant_type", grantType);
            span.SetTag("server.address", endpoint.Host);
            span.SetTag("server.port", endpoint.Port);
        }
    }

    /// <summary>Counts one more call that waits for the flight.</summary>
    public void Join() => Interlocked.Increment(ref _waiting);

    /// <param name="refusal">The server's error to the refresh token.</param>
    /// <param name="error">The kind of failure; null if there is a token.</param>
    /// <param name="explanation">The failure's message, without secrets.</param>
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

    /// <summary>Links a caller's own span to the flight that it waited for: once, even after several calls.</summary>
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
        // On .NET 8, no link can be added to a span that has started.
        caller.AddEvent(new ActivityEvent("apiax.auth.token.wait", tags: new ActivityTagsCollection
        {
            ["apiax.auth.flight.trace_id"] = span.TraceId.ToHexString(),
            ["apiax.auth.flight.span_id"] = span.SpanId.ToHexString(),
        }));
#endif
    }
}
