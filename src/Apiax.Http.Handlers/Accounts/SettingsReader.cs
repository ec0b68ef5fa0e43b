using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Apiax.Http.Handlers;

/// <summary>Creates the settings of one name, once for all concurrent callers, and detects when they must be created again.</summary>
internal sealed class SettingsReader : IDisposable
{
    private readonly string _name;
    private readonly IOptionsFactory<ApiaxAuthOptions> _factory;
    private readonly IOptionsChangeTokenSource<ApiaxAuthOptions>[] _sources;
    private readonly IChangeToken?[] _tokens;
    private readonly IDisposable?[] _callbacks;
    private readonly Action _onChange;
    private readonly ILogger _logger;
    private readonly AsyncLocal<Reading?> _reading = new();
    private readonly HashSet<string> _logged = [];
    private volatile Lazy<ApiaxAuthOptions> _newest;
    private volatile ApiaxAuthOptions? _last;

    /// <param name="name">The name of the options.</param>
    /// <param name="factory">Creates and validates them. An options monitor would throw into the code that changes the configuration.</param>
    /// <param name="changes">Signals when to create them again.</param>
    /// <param name="onChange">Called when they change.</param>
    /// <param name="logger">Logs sections that do not exist, and members whose names are similar to a setting's.</param>
    public SettingsReader(
        string name, IOptionsFactory<ApiaxAuthOptions> factory, IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes, Action onChange, ILogger logger)
    {
        _name = name;
        _factory = factory;
        _onChange = onChange;
        _logger = logger;
        _sources = [.. changes.Where(change => (change.Name ?? Options.DefaultName) == name)];

        // Settings that have no source of their own are set by code, which may read the application's configuration.
        if (_sources.Length == 0)
            _sources = [.. changes.Where(change => change is DefaultSection)];
        _tokens = new IChangeToken[_sources.Length];
        _callbacks = new IDisposable[_sources.Length];
        _newest = new(Create);
    }

    /// <summary>How long a caller waits for the settings code, which another thread runs.</summary>
    public required TimeSpan MaxWait { get; init; }

    /// <summary>The settings that were read last; null if that failed or has not begun.</summary>
    public ApiaxAuthOptions? Newest => _newest is { IsValueCreated: true } newest ? newest.Value : null;

    /// <param name="forAccount">Whether the account is needed, even if it was not when the settings were created.</param>
    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    public ApiaxAuthOptions Read(bool forAccount = false)
    {
        if (_reading.Value is { IsOver: false })
            throw new InvalidOperationException($"The code that configures {SettingsName.Title(_name)} sends a request that needs this account's token. To get the password over HTTP, use an {nameof(IApiaxCredentialsProvider)}.");

        var newest = _newest;
        if (!Monitor.TryEnter(newest, MaxWait))
            throw new InvalidOperationException($"The code that configures {SettingsName.Title(_name)} has been running on another thread for more than {MaxWait.TotalSeconds:0} s. It must not wait for a thread that needs this account's token.");

        try
        {
            var options = newest.Value;
            return forAccount && options.Notes.AccountFailures is { Count: > 0 } failures
                ? throw new OptionsValidationException(_name, typeof(ApiaxAuthOptions), failures)
                : options;
        }
        catch
        {
            // The exception is for the callers that waited, not for later ones.
            Interlocked.CompareExchange(ref _newest, new(Create), newest);
            throw;
        }
        finally
        {
            Monitor.Exit(newest);
        }
    }

    /// <summary>Discards settings that were read or are being read: the next caller creates them again.</summary>
    public void Forget() => _newest = new(Create);

    /// <summary>Whether the settings have changed since the last call; then watches for the next change.</summary>
    public bool TakeChange()
    {
        var hasChanged = false;
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i] is not { HasChanged: true } old)
                continue;

            try
            {
                hasChanged |= Watch(i, old);
            }
#pragma warning disable CA1031 // The application's code: if it fails, the change is read, and the changes of other sources are not lost.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                hasChanged = true;
                _logger.NotWatched(exception);
            }
        }

        // A reload from inside the reading code is not a change: the same read gets the new values.
        return hasChanged && _reading.Value is not { IsOver: false, IsOnThisThread: true };
    }

    public void Dispose() => Array.ForEach(_callbacks, callback => callback?.Dispose());

    private ApiaxAuthOptions Create()
    {
        // Before reading, so that a change during the read causes another read.
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i] is null)
                Watch(i, old: null);
        }

        var (outer, reading) = (_reading.Value, _reading.Value = new Reading());
        try
        {
            var options = _factory.Create(_name);
            RefuseFallback(options);
            foreach (var section in options.Notes.Missing.Where(_logged.Add))
                _logger.MissingSection(section);
            foreach (var (member, setting) in options.Notes.Misspelled.Where(misspelled => _logged.Add(misspelled.Key)))
                _logger.MisspelledSetting(member, setting);

            return _last = options;
        }
        finally
        {
            reading.IsOver = true;
            _reading.Value = outer;
        }
    }

    // .NET empties the settings of a file that is deleted for a moment: the service would move to production, or to another client.
    private void RefuseFallback(ApiaxAuthOptions options)
    {
        string[] lost = [.. _last?.SetTargets.Except(options.SetTargets, StringComparer.Ordinal) ?? []];
        if (lost.Length > 0)
            throw new OptionsValidationException(_name, typeof(ApiaxAuthOptions), lost.Select(setting => SettingsName.Failure(_name, $"{setting} is no longer set; a restart accepts the default.")));
    }

    /// <returns>Whether this thread has replaced the old token.</returns>
    private bool Watch(int source, IChangeToken? old)
    {
        var token = _sources[source].GetChangeToken();
        if (Interlocked.CompareExchange(ref _tokens[source], token, old) != old)
            return false;

        // Last: the callback may run at once and looks at the token. After it has run, it is not disposed: disposal would wait for it.
        _callbacks[source] = token.RegisterChangeCallback(_ => _onChange(), null);
        return true;
    }

    /// <summary>Marks that the settings are being created, also for work that their code starts and that may run longer.</summary>
    private sealed class Reading
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public bool IsOver { get; set; }

        public bool IsOnThisThread => _thread == Environment.CurrentManagedThreadId;
    }
}
