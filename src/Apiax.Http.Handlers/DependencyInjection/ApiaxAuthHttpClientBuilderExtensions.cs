using Apiax.Http.Handlers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the Apiax access token to the requests of one client of the factory.</summary>
public static class ApiaxAuthHttpClientBuilderExtensions
{
    /// <summary>This client sends the token of the shared account to <see cref="ApiaxAuthOptions.ApiHosts"/>.</summary>
    /// <param name="builder">The client.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentException">The client is <see cref="ApiaxAuthDefaults.TokenClientName"/>.</exception>
    /// <remarks>
    /// The shared account is what <c>services.AddApiaxAuth(…)</c> or <c>services.Configure&lt;ApiaxAuthOptions&gt;(…)</c> set; without them, the configuration section
    /// <see cref="ApiaxAuthOptions.SectionName"/> is read.
    /// </remarks>
    /// <example>
    /// Only this client; the other clients of the application are not changed.
    /// <code>
    /// builder.Services.AddHttpClient("rules", http => http.BaseAddress = new Uri("https://api.apiax.io/")).AddApiaxAuth();
    /// </code>
    /// </example>
    public static IHttpClientBuilder AddApiaxAuth(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Name is null)
            builder.Services.AddApiaxAuth();
        else
            builder.AddApiaxAuthToClient(clients => clients.AddWithSharedAccount(builder.Name));

        return builder;
    }

    /// <summary>This client sends the token of its own account. The account's settings start from the defaults, not from the shared settings.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets the account.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentException">The client is <see cref="ApiaxAuthDefaults.TokenClientName"/>.</exception>
    /// <remarks>
    /// A client's own account takes precedence over the shared one, in any order of registration. Equal accounts (token endpoint, client, user, scope)
    /// share one token. The settings of such an account are those of the first client that is registered for it; the others must not differ.
    /// </remarks>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient("rules").AddApiaxAuth(options =>
    /// {
    ///     options.TokenEndpoint = new Uri("https://auth.bank.example/auth/realms/apiax/protocol/openid-connect/token");
    ///     options.Username = "integration-user";
    ///     options.Password = builder.Configuration["IntegrationPassword"];
    ///     options.ApiHosts.Add("api.apiax.io");
    /// });
    /// </code>
    /// </example>
    public static IHttpClientBuilder AddApiaxAuth(this IHttpClientBuilder builder, Action<ApiaxAuthOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        if (builder.Name is null)
        {
            builder.Services.AddApiaxAuth(configure);
            return builder;
        }

        builder.Services.Configure(SettingsName.Of(builder.Name), configure);
        return builder.AddApiaxAuthToClient(clients => clients.AddWithOwnAccount(builder.Name));
    }

    /// <inheritdoc cref="AddApiaxAuth(IHttpClientBuilder, Action{ApiaxAuthOptions})"/>
    /// <param name="builder">The client.</param>
    /// <param name="section">The account's settings; read again when the section changes.</param>
    /// <exception cref="ArgumentException"><paramref name="section"/> is the root of the configuration, or the client is <see cref="ApiaxAuthDefaults.TokenClientName"/>.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddHttpClient("rules").AddApiaxAuth(builder.Configuration.GetSection("Bank:Apiax"));
    /// </code>
    /// </example>
    public static IHttpClientBuilder AddApiaxAuth(this IHttpClientBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        if (builder.Name is null)
        {
            builder.Services.AddApiaxAuth(section);
            return builder;
        }

        builder.Services.AddApiaxAuthSection(SettingsName.Of(builder.Name), section);
        return builder.AddApiaxAuthToClient(clients => clients.AddWithOwnAccount(builder.Name));
    }

    private static IHttpClientBuilder AddApiaxAuthToClient(this IHttpClientBuilder builder, Action<ClientRegistrations> register)
    {
        if (builder.Name == ApiaxAuthDefaults.TokenClientName)
            throw new ArgumentException($"The client {ApiaxAuthDefaults.TokenClientName} sends the token requests and never a token. Call AddApiaxAuth on the client that calls the API.", nameof(builder));

        builder.Services.AddApiaxAuthCore(register);
        builder.Services.TryAddKeyedSingleton<IApiaxAccessTokenProvider>(builder.Name, (provider, client) => ClientTokenProvider.Of((string)client!, provider));
        return builder;
    }
}
