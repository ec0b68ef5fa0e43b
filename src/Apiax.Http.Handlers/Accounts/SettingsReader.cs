using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Apiax.Http.Handlers;

/// <summary>Makes the settings of one name, once for all who need them at the same time, and sees when they have to be made again.</summary>
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
    private readonly HashSet<string> _misspelled = [];
    private volatile Lazy<ApiaxAuthOptions> _newest;

    /// <param name="name">The name of the options.</param>
    /// <param name="factory">Makes and validates them. An options monitor would throw into whoever changes the configuration.</param>
    /// <param name="changes">Says when to make them again.</param>
    /// <param name="onChange">Called when they do.</param>
    /// <param name="logger">Logs members that are nearly called as a setting.</param>
    public SettingsReader(
        string name, IOptionsFactory<ApiaxAuthOptions> factory, IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes, Action onChange, ILogger logger)
    {
        _name = name;
        _factory = factory;
        _onChange = onChange;
        _logger = logger;
        _sources = [.. changes.Where(change => (change.Name ?? Options.DefaultName) == name)];
        _tokens = new IChangeToken[_sources.Length];
        _callbacks = new IDisposable[_sources.Length];
        _newest = new(Create);
    }

    /// <summary>What was read last; nothing if that failed, or has not begun.</summary>
    public ApiaxAuthOptions? Newest => _newest is { IsValueCreated: true } newest ? newest.Value : null;

    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    public void Read()
    {
        if (_reading.Value is { IsOver: false })
            throw new InvalidOperationException($"The settings of {SettingsName.Title(_name)} are being made by code that sends a request with their token. Use an {nameof(IApiaxCredentialsProvider)} for a password that comes over HTTP.");

        var newest = _newest;
        try
        {
            _ = newest.Value;
        }
        catch
        {
            // Its exception is for those who waited for it, and not for whoever comes later.
            Interlocked.CompareExchange(ref _newest, new(Create), newest);
            throw;
        }
    }

    /// <summary>What was read, or is being read, is out of date: whoever needs the settings next makes them anew.</summary>
    public void Forget() => _newest = new(Create);

    /// <summary>Whether they have changed since; from now on the next change is waited for.</summary>
    public bool TakeChange()
    {
        var hasChanged = false;
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i] is { HasChanged: true })
            {
                hasChanged = true;
                Watch(i);
            }
        }

        // What the settings' own code reloads it reads as well.
        return hasChanged && _reading.Value is not { IsOver: false, IsOnThisThread: true };
    }

    public void Dispose() => Array.ForEach(_callbacks, callback => callback?.Dispose());

    private ApiaxAuthOptions Create()
    {
        // Before anything is read: what changes meanwhile is read again.
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i] is null)
                Watch(i);
        }

        var (outer, reading) = (_reading.Value, _reading.Value = new Reading());
        try
        {
            var options = _factory.Create(_name);
            foreach (var (member, setting) in options.Notes.Misspelled.Where(note => _misspelled.Add(note.Member)))
                _logger.MisspelledSetting(member, setting);

            return options;
        }
        finally
        {
            reading.IsOver = true;
            _reading.Value = outer;
        }
    }

    // The callback last: it may come at once, and looks at the token. One that has come is not disposed of, which would wait for it.
    private void Watch(int source)
    {
        var token = _tokens[source] = _sources[source].GetChangeToken();
        _callbacks[source] = token.RegisterChangeCallback(_ => _onChange(), null);
    }

    /// <summary>That the settings are being made, for whatever their code starts: that may live longer.</summary>
    private sealed class Reading
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public bool IsOver { get; set; }

        public bool IsOnThisThread => _thread == Environment.CurrentManagedThreadId;
    }
}
