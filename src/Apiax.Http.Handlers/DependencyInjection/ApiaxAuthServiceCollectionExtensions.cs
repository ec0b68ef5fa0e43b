using System.Diagnostics.Metrics;
using Apiax.Http.Handlers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the Apiax access token to the requests of every client of the factory.</summary>
public static class ApiaxAuthServiceCollectionExtensions
{
    /// <summary>
    /// Every <see cref="HttpClient"/> that the factory creates sends the Apiax token to <see cref="ApiaxAuthOptions.ApiHosts"/>. The settings
    /// come from the configuration section <see cref="ApiaxAuthOptions.SectionName"/>, if the application has a configuration.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <example>
    /// With <c>{ "Apiax": { "Username": "…", "Password": "…" } }</c> in appsettings.json:
    /// <code>
    /// builder.Services.AddHttpClient().AddApiaxAuth();
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxAuth(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.Configure<ClientRegistrations>(clients => clients.ReadsDefaultSection = true);
        return services.AddApiaxAuthToEveryClient();
    }

    /// <inheritdoc cref="AddApiaxAuth(IServiceCollection)" path="/summary"/>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the shared account.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>The configuration is not read.</remarks>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient().AddApiaxAuth(options =>
    /// {
    ///     options.TokenEndpoint = new Uri("https://auth.bank.example/auth/realms/apiax/protocol/openid-connect/token");
    ///     options.Username = "integration-user";
    ///     options.Password = builder.Configuration["IntegrationPassword"];
    ///     options.ApiHosts.Add("api.apiax.io");
    /// });
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxAuth(this IServiceCollection services, Action<ApiaxAuthOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.Configure(configure);
        return services.AddApiaxAuthToEveryClient();
    }

    /// <inheritdoc cref="AddApiaxAuth(IServiceCollection)" path="/summary"/>
    /// <param name="services">The services.</param>
    /// <param name="section">The settings of the shared account; read again when the section changes.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="section"/> is the root of the configuration, where <c>Username</c> is an environment variable of the machine.
    /// </exception>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient().AddApiaxAuth(builder.Configuration.GetSection("Bank:Apiax"));
    /// </code>
    /// </example>
    public static IServiceCollection AddApiaxAuth(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddApiaxAuthSection(SettingsName.Shared, section);
        return services.AddApiaxAuthToEveryClient();
    }

    /// <summary>Binds the settings of a name to this section.</summary>
    internal static void AddApiaxAuthSection(this IServiceCollection services, string name, IConfiguration section)
    {
        if (section is IConfigurationRoot)
            throw new ArgumentException("Pass a section, not the root of the configuration, where Username is an environment variable of the machine: AddApiaxAuth(configuration.GetSection(\"Apiax\")).", nameof(section));

        services.Configure<ApiaxAuthOptions>(name, options => SettingsSection.Bind(section, options));
        services.AddSingleton<IOptionsChangeTokenSource<ApiaxAuthOptions>>(new ConfigurationChangeTokenSource<ApiaxAuthOptions>(name, section));
    }

    /// <summary>What all registration methods do; it may be called any number of times.</summary>
    internal static IServiceCollection AddApiaxAuthCore(this IServiceCollection services, Action<ClientRegistrations> register)
    {
        services.AddHttpClient();
        services.Configure(register);

        BuilderDecoration.Apply(services);
        DefaultSection.AddFirst(services);
        services.TryAddSingleton<ApplicationTokens>();
        services.TryAddSingleton<BearerHandlers>();
        services.TryAddSingleton<TokenClientHandlers>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HttpClientFactoryOptions>, BuilderDecoration>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HttpClientFactoryOptions>, AuthorizationRedaction>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StartupCheck>, StartupCheck.Validator>(
            provider => new(provider.GetRequiredService<SettingsRegistry>(), provider.GetRequiredService<TokenClientHandlers>(), provider, services, provider.GetRequiredService<IOptions<ClientRegistrations>>())));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ApiaxAuthOptions>, ApiaxAuthOptionsValidator>(
            provider => new ApiaxAuthOptionsValidator(account => ScopedCredentialsProvider.IsRegistered(provider, account), provider.GetRequiredService<ApplicationTokens>().IsAccountUsed)));
        services.AddOptions<StartupCheck>().ValidateOnStart();
        services.TryAddSingleton(provider => new TokenMetrics(provider.GetService<IMeterFactory>()));
        services.TryAddSingleton<TokenProviders>();
        services.TryAddSingleton<SettingsRegistry>();
        services.TryAddSingleton(provider => new ApiaxAccounts(provider.GetRequiredService<SettingsRegistry>(), provider.GetRequiredService<TokenProviders>()));
        services.TryAddSingleton<IApiaxAccessTokenProvider>(provider => ClientTokenProvider.Of(null, provider));
        return services;
    }

    private static IServiceCollection AddApiaxAuthToEveryClient(this IServiceCollection services) =>
        services.AddApiaxAuthCore(clients => clients.AddAllClients());
}
