using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Apiax.Http.Handlers;

/// <summary>
/// Reads the shared account's settings from the section <see cref="ApiaxAuthOptions.SectionName"/>, unless the application configures that account otherwise.
/// </summary>
internal sealed class DefaultSection(IServiceProvider services, IOptions<ClientRegistrations> clients) : IConfigureNamedOptions<ApiaxAuthOptions>, IOptionsChangeTokenSource<ApiaxAuthOptions>
{
    public string Name => SettingsName.Shared;

    private bool IsInForce => clients.Value.ReadsDefaultSection ||
        !services.GetServices<IConfigureOptions<ApiaxAuthOptions>>().Any(other => other is ConfigureNamedOptions<ApiaxAuthOptions> { Name: SettingsName.Shared });

    public void Configure(ApiaxAuthOptions options) => Configure(SettingsName.Shared, options);

    public void Configure(string? name, ApiaxAuthOptions options)
    {
        if (name == SettingsName.Shared && services.GetService<IConfiguration>() is { } configuration && IsInForce)
            SettingsSection.Bind(configuration.GetSection(ApiaxAuthOptions.SectionName), options);
    }

    public IChangeToken GetChangeToken() =>
        services.GetService<IConfiguration>()?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);
}
