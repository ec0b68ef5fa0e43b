using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Asks the registered provider in a scope of its own: it may be scoped, and a login belongs to no request.</summary>
internal sealed class ScopedCredentialsProvider : IApiaxCredentialsProvider
{
    private readonly IServiceScopeFactory _scopes;
    private readonly string _account;

    private ScopedCredentialsProvider(IServiceScopeFactory scopes, string account)
    {
        _scopes = scopes;
        _account = account;
    }

    /// <summary>The provider of an account; nothing if none is registered. The shared account's has no key, a client's own has the client's name.</summary>
    public static ScopedCredentialsProvider? Find(IServiceProvider services, string account) =>
        IsRegistered(services, account) ? new ScopedCredentialsProvider(services.GetRequiredService<IServiceScopeFactory>(), account) : null;

    public static bool IsRegistered(IServiceProvider services, string account)
    {
        var registered = services.GetService<IServiceProviderIsKeyedService>();
        return account == Options.DefaultName
            ? registered?.IsService(typeof(IApiaxCredentialsProvider)) == true
            : registered?.IsKeyedService(typeof(IApiaxCredentialsProvider), account) == true;
    }

    public async ValueTask<ApiaxCredentials> GetCredentialsAsync(CancellationToken cancellationToken)
    {
        var scope = _scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var provider = _account == Options.DefaultName
                ? scope.ServiceProvider.GetRequiredService<IApiaxCredentialsProvider>()
                : scope.ServiceProvider.GetRequiredKeyedService<IApiaxCredentialsProvider>(_account);
            return await provider.GetCredentialsAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
