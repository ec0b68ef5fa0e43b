using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>Calls the registered provider in a new scope: it may be scoped, and a login belongs to no request.</summary>
internal sealed class ScopedCredentialsProvider : IApiaxCredentialsProvider
{
    private readonly IServiceScopeFactory _scopes;
    private readonly string? _client;
    private readonly ILogger _logger;

    private ScopedCredentialsProvider(IServiceScopeFactory scopes, string? client, ILogger logger)
    {
        _scopes = scopes;
        _client = client;
        _logger = logger;
    }

    /// <summary>The provider of an account; null if none is registered. The shared account's provider has no key; a client's own has the client's name as key.</summary>
    public static ScopedCredentialsProvider? Find(IServiceProvider services, string account, ILogger logger) => IsRegistered(services, account)
        ? new ScopedCredentialsProvider(services.GetRequiredService<IServiceScopeFactory>(), SettingsName.ClientOf(account), logger)
        : null;

    public static bool IsRegistered(IServiceProvider services, string account) => SettingsName.ClientOf(account) is { } client
        ? services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(IApiaxCredentialsProvider), client) == true
        : services.GetService<IServiceProviderIsService>()?.IsService(typeof(IApiaxCredentialsProvider)) == true;

    public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
    {
        var scope = _scopes.CreateAsyncScope();
        try
        {
            var provider = _client is null
                ? scope.ServiceProvider.GetRequiredService<IApiaxCredentialsProvider>()
                : scope.ServiceProvider.GetRequiredKeyedService<IApiaxCredentialsProvider>(_client);
            return await provider.GetCredentialsAsync(new ApiaxCredentialsRequest(_client, request.LastCredentialsRejected), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The answer does not wait for it: the disposal of a client whose connection has failed may throw or take a minute.
            _ = Task.Run(() => DisposeAsync(scope), CancellationToken.None);
        }
    }

    private async Task DisposeAsync(AsyncServiceScope scope)
    {
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The application's code; the credentials have been obtained.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.CredentialsProviderNotDisposed(exception);
        }
    }
}
