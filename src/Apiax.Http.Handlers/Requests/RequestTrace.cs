namespace Apiax.Http.Handlers;

/// <summary>The trace context that .NET writes to a request. .NET 8 does not remove it, so a second send would have the trace context of the first.</summary>
internal static class RequestTrace
{
    private const string Name = "traceparent";

    private static readonly bool s_stays = Environment.Version.Major < 9;

    public static bool IsOn(HttpRequestMessage request) => s_stays && request.Headers.NonValidated.Contains(Name);

    public static void RemoveFrom(HttpRequestMessage request)
    {
        if (s_stays)
            request.Headers.Remove(Name);
    }
}
