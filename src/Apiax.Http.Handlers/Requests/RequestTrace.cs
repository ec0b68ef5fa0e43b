namespace Apiax.Http.Handlers;

/// <summary>The trace context that .NET writes on a request. .NET 8 leaves it there, and a request that is sent again would go out with that of its first send.</summary>
internal static class RequestTrace
{
    private const string Name = "traceparent";

    public static bool IsOn(HttpRequestMessage request) => request.Headers.NonValidated.Contains(Name);

    public static void RemoveFrom(HttpRequestMessage request) => request.Headers.Remove(Name);
}
