namespace Apiax.Http.Handlers;

/// <summary>The trace context that .NET writes to a request. .NET 8 does not remove it, so a second send would have the trace context of the first.</summary>
internal static class RequestTrace
{
    private const string Name = "traceparent";

    public static bool IsOn(HttpRequestMessage request) => request.Headers.NonValidated.Contains(Name);

    public static void RemoveFrom(HttpRequestMessage request) => request.Headers.Remove(Name);
}
