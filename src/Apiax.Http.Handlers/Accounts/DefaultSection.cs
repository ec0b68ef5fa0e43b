using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Apiax.Http.Handlers;

/// <summary>Reads the shared account's settings from the section <see cref="ApiaxAuthOptions.SectionName"/>, unless the application configures that account otherwise.</summary>
/// <remarks>If a registration method requests the section, it is read together with all other configuration of the account; otherwise after that, and only if no code configures the account.</remarks>
internal sealed class DefaultSection(IServiceProvider services, IOptions<ClientRegistrations> clients)
    : IConfigureNamedOptions<ApiaxAuthOptions>, IPostConfigureOptions<ApiaxAuthOptions>, IOptionsChangeTokenSource<ApiaxAuthOptions>
{
    public string Name => SettingsName.Shared;

    // Code that configures the account counts even if it sets nothing: a password that it does not set is not read from elsewhere.
    private bool IsConfigured => services.GetServices<IConfigureOptions<ApiaxAuthOptions>>().Any(other => other is not DefaultSection && NameOf(other) is null or SettingsName.Shared);

    /// <summary>Registers it before all code that configures and post-configures the settings, regardless of the order of registration: that may change what the section sets.</summary>
    public static void AddFirst(IServiceCollection services)
    {
        // On .NET 8 before 8.0.2, a keyed service has no implementation type to read.
        if (services.Any(service => !service.IsKeyedService && service.ImplementationType == typeof(DefaultSection)))
            return;

        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<ApiaxAuthOptions>, DefaultSection>());
        services.Insert(0, ServiceDescriptor.Singleton<IPostConfigureOptions<ApiaxAuthOptions>, DefaultSection>());
        services.AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>, DefaultSection>();
    }

    public void Configure(ApiaxAuthOptions options) => Configure(SettingsName.Shared, options);

    public void Configure(string? name, ApiaxAuthOptions options)
    {
        if (name == SettingsName.Shared && clients.Value.ReadsDefaultSection)
            Bind(options);
    }

    public void PostConfigure(string? name, ApiaxAuthOptions options)
    {
        if (name == SettingsName.Shared && !clients.Value.ReadsDefaultSection && !IsConfigured)
            Bind(options);
    }

    public IChangeToken GetChangeToken() =>
        services.GetService<IConfiguration>()?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);

    /// <summary>The name to which code of the application applies; null if it may be any.</summary>
    [DynamicDependency("Name", typeof(ConfigureNamedOptions<,>))]
    [DynamicDependency("Name", typeof(ConfigureNamedOptions<,,>))]
    [DynamicDependency("Name", typeof(ConfigureNamedOptions<,,,>))]
    [DynamicDependency("Name", typeof(ConfigureNamedOptions<,,,,>))]
    [DynamicDependency("Name", typeof(ConfigureNamedOptions<,,,,,>))]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The properties are kept by the attributes above.")]
    private static string? NameOf(IConfigureOptions<ApiaxAuthOptions> other) => other is ConfigureNamedOptions<ApiaxAuthOptions> { Name: var name } ? name
        : other.GetType() is var type && type.Assembly == typeof(ConfigureNamedOptions<>).Assembly ? type.GetProperty("Name")?.GetValue(other) as string
        : null;

    private void Bind(ApiaxAuthOptions options)
    {
        if (services.GetService<IConfiguration>() is { } configuration)
            SettingsSection.Bind(configuration.GetSection(ApiaxAuthOptions.SectionName), options);
    }
}
