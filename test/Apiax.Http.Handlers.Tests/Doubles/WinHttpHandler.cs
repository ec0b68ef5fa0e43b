#pragma warning disable IDE0130 // The package's class of this name exists only on Windows.
namespace System.Net.Http;
#pragma warning restore IDE0130

internal sealed class WinHttpHandler : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new InvalidOperationException("A request is sent.");
}
