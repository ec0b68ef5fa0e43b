using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The factory's own request logs show no <c>Authorization</c>, whatever else the application has redacted or not: on .NET 8 they would show all.</summary>
internal sealed class AuthorizationRedaction(IOptions<ClientRegistrations> clients) : IPostConfigureOptions<HttpClientFactoryOptions>
{
    public void PostConfigure(string? name, HttpClientFactoryOptions options)
    {
        if (clients.Value.SettingsNameOf(name) is null)
            return;

        var others = options.ShouldRedactHeaderValue;
        options.ShouldRedactHeaderValue = header => header.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || others(header);
    }
}
