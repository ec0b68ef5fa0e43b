using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The accounts of a container, by the names of their options.</summary>
internal sealed class NamedAccounts(
    IOptions<AuthenticatedClients> clients,
    IOptionsFactory<ApiaxAuthOptions> options,
    IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes,
    Accounts accounts,
    ILoggerFactory loggers) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<NamedAccount>> _named = new(StringComparer.Ordinal);

    public NamedAccount Get(string name) => _named.GetOrAdd(name, key => new Lazy<NamedAccount>(() =>
        new NamedAccount(key, options, changes, accounts, loggers.CreateLogger(ApiaxAuthDiagnostics.LogCategory)))).Value;

    /// <summary>The account of a client that went through a door.</summary>
    public NamedAccount OfClient(string client) => Get(clients.Value.AccountOf(client)!);

    /// <summary>Reads and validates the settings of every account that a door uses.</summary>
    public IEnumerable<string> Failures()
    {
        foreach (var name in clients.Value.Accounts)
        {
            OptionsValidationException? failure = null;
            try
            {
                Get(name).ReadSettings();
            }
            catch (OptionsValidationException exception)
            {
                failure = exception;
            }

            foreach (var line in failure?.Failures ?? [])
                yield return name.Length == 0 ? line : $"{name}: {line}";
        }
    }

    public void Dispose()
    {
        foreach (var account in _named.Values)
            account.Value.Dispose();
    }
}
