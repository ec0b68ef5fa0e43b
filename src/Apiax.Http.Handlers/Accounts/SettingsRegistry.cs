using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The accounts of a container, by the names of their options.</summary>
internal sealed class SettingsRegistry : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<NamedSettings>> _named = new(StringComparer.Ordinal);
    private readonly IOptions<ClientRegistrations> _clients;
    private readonly Func<string, NamedSettings> _create;
    private readonly TokenMetrics _metrics;
    private readonly Func<IEnumerable<AccountReading>> _readings;

    public SettingsRegistry(
        IOptions<ClientRegistrations> clients,
        IOptionsFactory<ApiaxAuthOptions> options,
        IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes,
        TokenProviders accounts,
        TokenMetrics metrics,
        ILoggerFactory loggers)
    {
        _clients = clients;
        _create = name => new NamedSettings(name, options, changes, accounts, loggers.CreateLogger(ApiaxAuthDiagnostics.LogCategory));

        // Kept here: the gauges see it as long as this object lives.
        _metrics = metrics;
        _readings = () => _named.Values.Where(account => account.IsValueCreated).Select(account => account.Value.Reading).OfType<AccountReading>();
        _metrics.Observe(_readings);
    }

    /// <summary>Every account that a door uses.</summary>
    public IEnumerable<NamedSettings> All => _clients.Value.SettingsNames.Select(Get);

    public NamedSettings Get(string name) => _named.GetOrAdd(name, key => new Lazy<NamedSettings>(() => _create(key))).Value;

    /// <summary>The account of a client that went through a door.</summary>
    public NamedSettings OfClient(string client) => Get(_clients.Value.SettingsNameOf(client)!);

    /// <summary>Reads and validates the settings of every account that a door uses.</summary>
    public IEnumerable<string> Failures()
    {
        foreach (var name in _clients.Value.SettingsNames)
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
