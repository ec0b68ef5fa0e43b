using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The settings of one name that are in force, and their account: both may change when the settings are read again.</summary>
/// <param name="name">The name of the options.</param>
/// <param name="reader">Creates the settings.</param>
/// <param name="registry">All settings; it decides what comes into force.</param>
/// <param name="logger">Logs what is refused.</param>
internal sealed class NamedSettings(string name, SettingsReader reader, SettingsRegistry registry, ILogger logger) : IDisposable
{
    private readonly object _reload = new();
    private volatile HandlerSettings? _inForce;
    private volatile ApiaxAuthOptions? _optionsInForce;
    private volatile ApiaxAuthOptions? _withoutAccount;
    private volatile bool _isReloadDue;
    private string? _loggedRefusal;

    public string Name => name;

    public bool IsInForce => _inForce is not null;

    /// <summary>Whether the settings must be read again: the last reload failed, or has not begun.</summary>
    public bool IsReloadDue
    {
        get => _isReloadDue;
        set => _isReloadDue = value;
    }

    /// <summary>The settings for a handler.</summary>
    /// <exception cref="OptionsValidationException">The settings are wrong, and have been from the start.</exception>
    public HandlerSettings InForce
    {
        get
        {
            registry.RetryReloads();
            return _inForce ?? registry.PutInForce(this);
        }
    }

    /// <summary>The last settings that were read and are valid for an account.</summary>
    public ApiaxAuthOptions? Newest => reader.Newest is { Notes.AccountFailures.Count: 0 } newest ? newest : _optionsInForce;

    /// <summary>How they differ from the settings of the account's owner, in a sentence; null if they agree.</summary>
    public string? Conflict { get; set; }

    /// <summary>The account's status.</summary>
    public ApiaxAccountStatus Status
    {
        get
        {
            try
            {
                return Provider(InForce).StatusAs(SettingsName.Label(name));
            }
#pragma warning disable CA1031 // The application's code may throw any exception; the next call gets it and throws it.
            catch (Exception)
#pragma warning restore CA1031
            {
                return ApiaxAccountStatus.Misconfigured(SettingsName.Label(name));
            }
        }
    }

    /// <summary>What the gauges show; null before the first use, since collecting metrics must not run the application's code.</summary>
    public AccountReading? Gauge => _inForce is { } settings ? Provider(settings).ReadingAs(SettingsName.Label(name)) : null;

    public bool Uses(ApiaxAccessTokenProvider account) => _inForce?.Tokens == account;

    public void Read(bool forAccount = false) => reader.Read(forAccount);

    public bool TakeChange() => reader.TakeChange();

    /// <summary>Reads the settings again; if that fails, those in force stay.</summary>
    /// <param name="maxWait">How long to wait while another thread reads them; after that, the reload is left to a later call.</param>
    /// <param name="isRetry">Whether this is another try of a reload that failed.</param>
    public void Reload(TimeSpan maxWait, bool isRetry)
    {
        if (!Monitor.TryEnter(_reload, maxWait))
        {
            registry.RetryLater(this);
            return;
        }

        try
        {
            // Before reading: a change during the read needs another one.
            IsReloadDue = false;
            reader.Forget();

            // If not used yet, the first use reads the settings anyway.
            if (_inForce is not null || _withoutAccount is not null)
                _withoutAccount = reader.Read();
            _loggedRefusal = null;
        }
#pragma warning disable CA1031 // Binding can fail in many ways, and no caller would catch it: the application continues with the old settings.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            registry.RetryLater(this);

            // One change of a file is often reported twice. Code that fails again often has another text each time, for example with an id in it.
            var isInvalid = exception is OptionsValidationException;
            if (_loggedRefusal == exception.Message || (isRetry && !isInvalid))
                return;

            _loggedRefusal = exception.Message;
            logger.ReloadRefused(exception.Message, isInvalid ? null : exception);
        }
        finally
        {
            Monitor.Exit(_reload);
        }
    }

    public void PutInForce(ApiaxAuthOptions options, ApiaxAccessTokenProvider tokens)
    {
        if (!ReferenceEquals(options, _optionsInForce) || !ReferenceEquals(tokens, _inForce!.Tokens))
            (_optionsInForce, _inForce) = (options, new HandlerSettings(tokens, options));
    }

    /// <summary>The settings for a handler whose tokens come from a provider of the application.</summary>
    public Func<HandlerSettings> ServedBy(IApiaxAccessTokenProvider tokens)
    {
        Tuple<ApiaxAuthOptions, HandlerSettings>? last = null;
        return () =>
        {
            registry.RetryReloads();
            var (known, options) = (last, _optionsInForce ?? _withoutAccount ?? registry.ReadForProvider(this));
            if (known?.Item1 != options)
                last = known = Tuple.Create(options, new HandlerSettings(tokens, options));

            return known.Item2;
        };
    }

    /// <summary>Reads what a handler needs; the account's settings may be wrong.</summary>
    public ApiaxAuthOptions ReadWithoutAccount()
    {
        // A reload that ends before these settings are in force does not read them again.
        ApiaxAuthOptions options;
        do
            _withoutAccount = options = reader.Read();
        while (reader.Newest != options);

        return options;
    }

    public void Dispose() => reader.Dispose();

    private static ApiaxAccessTokenProvider Provider(HandlerSettings settings) => (ApiaxAccessTokenProvider)settings.Tokens;
}
