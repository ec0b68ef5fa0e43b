using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The accounts of a container, by the names of their options.</summary>
internal sealed class NamedAccounts : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<NamedAccount>> _named = new(StringComparer.Ordinal);
    private readonly IOptions<AuthenticatedClients> _clients;
    private readonly Func<string, NamedAccount> _create;
    private readonly TokenMetrics _metrics;
    private readonly Func<IEnumerable<AccountReading>> _readings;

    public NamedAccounts(
        IOptions<AuthenticatedClients> clients,
        IOptionsFactory<ApiaxAuthOptions> options,
        IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes,
        Accounts accounts,
        TokenMetrics metrics,
        ILoggerFactory loggers)
    {
        _clients = clients;
        _create = name => new NamedAccount(name, options, changes, accounts, loggers.CreateLogger(ApiaxAuthDiagnostics.LogCategory));

        // Kept here: the gauges see it as long as this object lives.
        _metrics = metrics;
        _readings = () => _named.Values.Where(account => account.IsValueCreated).Select(account => account.Value.Reading).OfType<AccountReading>();
        _metrics.Observe(_readings);
    }

    /// <summary>Every account that a door uses.</summary>
    public IEnumerable<NamedAccount> All => _clients.Value.Accounts.Select(Get);

    public NamedAccount Get(string name) => _named.GetOrAdd(name, key => new Lazy<NamedAccount>(() => _create(key))).Value;

    /// <summary>The account of a client that went through a door.</summary>
    public NamedAccount OfClient(string client) => Get(_clients.Value.AccountOf(client)!);

    /// <summary>Reads and validates the settings of every account that a door uses.</summary>
    public IEnumerable<string> Failures()
    {
        foreach (var name in _clients.Value.Accounts)
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
        _metrics.Forget(_readings);
        foreach (var account in _named.Values)
            account.Value.Dispose();
    }
}
