using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>All settings of a container, in the order of registration: the first settings with an account own it and apply to it.</summary>
internal sealed class SettingsRegistry : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly List<NamedSettings> _all = [];
    private readonly NamedSettings[] _inUse;
    private readonly TokenProviders _providers;
    private readonly ApplicationTokens _application;
    private readonly TokenMetrics _metrics;
    private readonly IServiceProvider _services;
    private readonly ILogger _logger;
    private readonly IOptionsFactory<ApiaxAuthOptions> _options;
    private readonly IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> _changes;
    private readonly Func<IEnumerable<AccountReading>> _readings;
    private volatile Retry? _retry;

    public SettingsRegistry(
        IOptions<ClientRegistrations> clients,
        IOptionsFactory<ApiaxAuthOptions> options,
        IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes,
        TokenProviders providers,
        ApplicationTokens application,
        TokenMetrics metrics,
        ILoggerFactory loggers,
        IServiceProvider services)
    {
        _services = services;
        _providers = providers;
        _application = application;
        _logger = new GuardedLogger(loggers.CreateLogger(ApiaxAuthDiagnostics.LogCategory));
        _options = options;
        _changes = changes;
        _inUse = [.. clients.Value.SettingsNames.Select(Get)];

        // Kept in a field: the gauges read it as long as this object lives.
        _metrics = metrics;
        _readings = () => All().Select(settings => settings.Gauge).OfType<AccountReading>();
        _metrics.Observe(_readings);
    }

    /// <summary>
    /// How long a call or a change waits for settings code that another thread runs: code that hangs must not block the thread that changes the configuration, and
    /// if it waited for the caller, neither would ever end.
    /// </summary>
    internal TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The settings that a registration method uses and that have an account.</summary>
    public IReadOnlyList<NamedSettings> InUse => Array.FindAll(_inUse, settings => !_application.IsAccountReplaced(settings.Name));

    public NamedSettings Get(string name)
    {
        lock (_gate)
        {
            if (_all.Find(settings => settings.Name == name) is { } known)
                return known;

            var log = new AccountLogger(SettingsName.Label(name), _logger);
            _all.Add(new NamedSettings(name, new SettingsReader(name, _options, _changes, ReloadChanged, log) { MaxWait = MaxWait }, this, log));
            return _all[^1];
        }
    }

    /// <summary>Reads the settings, and those that were registered before them, since these decide who owns the account.</summary>
    /// <exception cref="OptionsValidationException">The settings are wrong, or differ from those of the account's owner.</exception>
    public HandlerSettings PutInForce(NamedSettings requested)
    {
        _application.Use(requested.Name);
        while (!requested.IsInForce)
        {
            foreach (var earlier in All())
            {
                if (earlier == requested)
                    break;

                try
                {
                    if (!earlier.IsInForce)
                        earlier.Read();
                }
#pragma warning disable CA1031 // It is thrown to callers that need these settings.
                catch (Exception)
#pragma warning restore CA1031
                {
                }
            }

            requested.Read(forAccount: true);
            ApplyNewest();
            if (!requested.IsInForce && requested.Conflict is { } conflict)
                throw new OptionsValidationException(requested.Name, typeof(ApiaxAuthOptions), [conflict]);
        }

        return requested.InForce;
    }

    /// <summary>Reads the settings of clients that a provider of the application serves; if it gets its tokens from the account, the account's are in force then.</summary>
    /// <exception cref="OptionsValidationException">The settings are wrong.</exception>
    public ApiaxAuthOptions ReadForProvider(NamedSettings requested)
    {
        if (_application.IsAccountReplaced(requested.Name))
            return requested.ReadWithoutAccount();

        PutInForce(requested);
        return requested.Newest!;
    }

    /// <summary>Reads all settings in use.</summary>
    /// <returns>What is wrong, one text each.</returns>
    public List<string> Failures()
    {
        List<string> failures = [];

        // Which accounts are needed decides what is wrong.
        _ = InUse;
        foreach (var settings in _inUse.Where(settings => !settings.IsInForce))
        {
            try
            {
                settings.Read();
            }
            catch (OptionsValidationException exception)
            {
                failures.AddRange(exception.Failures);
            }
        }

        ApplyNewest();
        failures.AddRange(_inUse.Where(settings => !settings.IsInForce).Select(settings => settings.Conflict).OfType<string>());
        return failures;
    }

    /// <summary>Reads the settings that have changed, all of one change together, so that two settings that change together do not differ.</summary>
    public void ReloadChanged() => Reload(() => Array.FindAll(All(), settings => settings.TakeChange()), MaxWait);

    /// <summary>
    /// Called with each use of settings: tries reloads again that failed or had to wait, since the code that sets options (a vault, a file) may fail only for a
    /// moment. It has no timer, and no call waits: the settings in force are used meanwhile.
    /// </summary>
    public void RetryReloads()
    {
        // The caller's context does not flow into the application's code.
        if (_retry is { } retry && retry.Take(_providers.Time))
            ThreadPool.UnsafeQueueUserWorkItem(static due => due.Registry.Reload(() => due.Registry.TakeDue(due.Retry), TimeSpan.Zero, isRetry: true), (Registry: this, Retry: retry), preferLocal: false);
    }

    /// <summary>Leaves a reload to a later call.</summary>
    public void RetryLater(NamedSettings settings)
    {
        lock (_gate)
            (settings.IsReloadDue, _retry) = (true, new Retry(_providers.Time.GetTimestamp()));
    }

    public void Dispose()
    {
        _retry = null;
        _metrics.Forget(_readings);
        Array.ForEach(All(), settings => settings.Dispose());
    }

    /// <summary>Reads the settings of an account again: its password was rejected. If another thread is reading them, the login does not wait for it.</summary>
    private void ReadAgain(ApiaxAccessTokenProvider account) => Reload(() => Array.FindAll(All(), settings => settings.Uses(account)), TimeSpan.Zero);

    /// <returns>The settings to read again. Until a reload fails, no call looks at the time.</returns>
    private NamedSettings[] TakeDue(Retry retry)
    {
        lock (_gate)
            return Interlocked.CompareExchange(ref _retry, null, retry) == retry ? [.. _all.Where(settings => settings.IsReloadDue)] : [];
    }

    private void Reload(Func<NamedSettings[]> find, TimeSpan maxWait, bool isRetry = false)
    {
        try
        {
            // Throws while the container is being disposed, before code that needs it is run.
            _ = _services.GetService(typeof(IServiceProvider));
            var all = find();

            // Code that hangs must not keep the others from being read.
            Array.ForEach(all, RetryLater);
            Array.ForEach(all, settings => settings.Reload(maxWait, isRetry));
            ApplyNewest();
        }
#pragma warning disable CA1031 // It would be thrown into the code that changes the configuration, or end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (exception is not ObjectDisposedException)
                _logger.ReloadRefused(exception.Message, exception);
        }
    }

    private NamedSettings[] All()
    {
        lock (_gate)
            return [.. _all];
    }

    /// <summary>Puts the newest settings in force: for each account those of its owner, and others that do not differ from them.</summary>
    private void ApplyNewest()
    {
        List<string> conflicts = [];
        var replaced = Array.FindAll(All(), settings => _application.IsAccountReplaced(settings.Name));
        lock (_gate)
        {
            Dictionary<ApiaxAccessTokenProvider, (string Name, ApiaxAuthOptions Options)> owners = [];
            foreach (var settings in _all)
            {
                if (settings.Newest is not { } options || replaced.Contains(settings))
                    continue;

                var tokens = _providers.Get(settings.Name, options, ReadAgain);
                string? conflict = null;
                if (owners.TryAdd(tokens, (settings.Name, options)))
                    tokens.Apply(options);
                else if (AccountKey.Differences(owners[tokens].Options, options) is { Length: > 0 } names)
                    conflict = $"{SettingsName.Label(settings.Name)} uses the same account as {SettingsName.Label(owners[tokens].Name)} but sets {names} differently: the settings of an account are those of the first client that is registered for it.";

                // Settings in force stay: two sources that change one after the other must not block each other.
                if (settings.IsInForce && conflict is not null && conflict != settings.Conflict)
                    conflicts.Add(conflict);

                settings.Conflict = conflict;
                if (settings.IsInForce || conflict is null)
                    settings.PutInForce(options, tokens);
            }
        }

        conflicts.ForEach(_logger.SettingsDiffer);
    }

    /// <summary>The next try of reloads that failed or had to wait.</summary>
    private sealed class Retry(long failedAt)
    {
        private int _isTaken;

        /// <summary>Whether the caller must start it: once, since each try creates the next.</summary>
        public bool Take(TimeProvider time) => time.GetElapsedTime(failedAt) >= RetryPause && Interlocked.Exchange(ref _isTaken, 1) == 0;
    }
}
