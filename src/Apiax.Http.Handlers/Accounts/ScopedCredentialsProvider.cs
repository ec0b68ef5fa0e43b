using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers;

/// <summary>Calls the registered provider in a new scope: it may be scoped, and a login belongs to no request.</summary>
internal sealed class ScopedCredentialsProvider : IApiaxCredentialsProvider
{
    private readonly IServiceScopeFactory _scopes;
    private readonly string? _client;

    private ScopedCredentialsProvider(IServiceScopeFactory scopes, string? client)
    {
        _scopes = scopes;
        _client = client;
    }

    /// <summary>The provider of an account; null if none is registered. The shared account's provider has no key; a client's own has the client's name as key.</summary>
    public static ScopedCredentialsProvider? Find(IServiceProvider services, string account) => IsRegistered(services, account)
        ? new ScopedCredentialsProvider(services.GetRequiredService<IServiceScopeFactory>(), SettingsName.ClientOf(account))
        : null;

    public static bool IsRegistered(IServiceProvider services, string account) => SettingsName.ClientOf(account) is { } client
        ? services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(IApiaxCredentialsProvider), client) == true
        : services.GetService<IServiceProviderIsService>()?.IsService(typeof(IApiaxCredentialsProvider)) == true;

    public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
    {
        var scope = _scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var provider = _client is null
                ? scope.ServiceProvider.GetRequiredService<IApiaxCredentialsProvider>()
                : scope.ServiceProvider.GetRequiredKeyedService<IApiaxCredentialsProvider>(_client);
            return await provider.GetCredentialsAsync(new ApiaxCredentialsRequest(_client, request.LastCredentialsRejected), cancellationToken).ConfigureAwait(false);
        }
    }
}
