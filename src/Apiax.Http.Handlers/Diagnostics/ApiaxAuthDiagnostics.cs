namespace Apiax.Http.Handlers;

/// <summary>The names of the library's log category, meter and activity source.</summary>
public static class ApiaxAuthDiagnostics
{
    /// <summary>
    /// The log category of logins, refreshes and failures: <c>Apiax.Http.Handlers.Tokens</c>. Entries about single requests: <see cref="BearerTokenHandler"/>.
    /// </summary>
    public const string LogCategory = "Apiax.Http.Handlers.Tokens";

    /// <summary>The meter of all metrics: <c>Apiax.Http.Handlers</c>. With OpenTelemetry: <c>metrics.AddMeter(ApiaxAuthDiagnostics.MeterName)</c>.</summary>
    public const string MeterName = "Apiax.Http.Handlers";

    /// <summary>
    /// The source of the spans of token requests: <c>Apiax.Http.Handlers</c>. With OpenTelemetry:
    /// <c>tracing.AddSource(ApiaxAuthDiagnostics.ActivitySourceName)</c>.
    /// </summary>
    public const string ActivitySourceName = "Apiax.Http.Handlers";

    /// <summary>The library's version, for the meter and the source.</summary>
    internal static string? Version { get; } = typeof(ApiaxAuthDiagnostics).Assembly.GetName().Version?.ToString(3);
}
