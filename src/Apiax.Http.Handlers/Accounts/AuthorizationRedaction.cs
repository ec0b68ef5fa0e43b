using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Redacts <c>Authorization</c> in the factory's own request logs, regardless of other redactions: on .NET 8 they show all headers.</summary>
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
