using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Apiax.Http.Handlers;

/// <summary>The account that a name stands for now: settings can be reloaded, and then the name may stand for another.</summary>
internal sealed class NamedSettings : IHostTokens, IDisposable
{
    private readonly object _gate = new();
    private readonly AsyncLocal<bool> _isReadingSettings = new();
    private readonly string _name;
    private readonly IOptionsFactory<ApiaxAuthOptions> _options;
    private readonly TokenProviders _accounts;
    private readonly ILogger _logger;
    private readonly IDisposable[] _reloads;
    private volatile HandlerSettings? _current;
    private string? _refusedReload;
    private int _changes;

    /// <param name="name">The name of the options.</param>
    /// <param name="options">Makes and validates them. An options monitor would throw into whoever changes the configuration.</param>
    /// <param name="changes">Tell when to make them again.</param>
    /// <param name="accounts">Where equal settings find the same account.</param>
    /// <param name="logger">Told about settings that are refused.</param>
    public NamedSettings(
        string name, IOptionsFactory<ApiaxAuthOptions> options, IEnumerable<IOptionsChangeTokenSource<ApiaxAuthOptions>> changes, TokenProviders accounts, ILogger logger)
    {
        _name = name;
        _options = options;
        _accounts = accounts;
        _logger = logger;
        _reloads = [.. changes.Where(change => (change.Name ?? Options.DefaultName) == name).Select(change => ChangeToken.OnChange(change.GetChangeToken, Reload))];
    }

    /// <exception cref="OptionsValidationException">The settings are wrong, and have been from the start.</exception>
    public HandlerSettings Current => _current ?? Bind();

    /// <summary>How the account is.</summary>
    public ApiaxAccountStatus Status
    {
        get
        {
            try
            {
                return Tokens(Current).StatusAs(ClientRegistrations.NameOf(_name));
            }
            catch (OptionsValidationException)
            {
                return ApiaxAccountStatus.Misconfigured(ClientRegistrations.NameOf(_name));
            }
        }
    }

    /// <summary>What the gauges show; nothing before the first use, since whoever collects metrics must not run the application's code.</summary>
    public AccountReading? Reading => _current is { } current ? Tokens(current).ReadingAs(ClientRegistrations.NameOf(_name)) : null;

    public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => Current.Tokens.GetTokenAsync(cancellationToken);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        Current.Tokens.ReplaceTokenAsync(rejected, cancellationToken);

    public bool IsWatched => Current.Tokens.IsWatched;

    public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, bool isBlocking, CancellationToken cancellationToken) =>
        Current.Tokens.GetTokenAsync(api, isBlocking, cancellationToken);

    public int Reject(ApiaxAccessToken token, Uri api) => Current.Tokens.Reject(token, api);

    public void Accept(ApiaxAccessToken token, Uri api) => Current.Tokens.Accept(token, api);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, bool isBlocking, CancellationToken cancellationToken) =>
        Current.Tokens.ReplaceTokenAsync(rejected, api, isBlocking, cancellationToken);

    public void Dispose() => Array.ForEach(_reloads, reload => reload.Dispose());

    /// <summary>Makes the settings and validates them.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong, or cannot be read.</exception>
    public ApiaxAuthOptions ReadSettings()
    {
        if (_isReadingSettings.Value)
            throw new InvalidOperationException($"The settings of {ClientRegistrations.TitleOf(_name)} are being made by code that sends a request with their token. Use an {nameof(IApiaxCredentialsProvider)} for a password that comes over HTTP.");

        _isReadingSettings.Value = true;
        try
        {
            return _options.Create(_name);
        }
        catch (InvalidOperationException exception)
        {
            // The configuration binder's word for a text that is no number, duration or URL.
            throw new OptionsValidationException(_name, typeof(ApiaxAuthOptions), [exception.Message]);
        }
        finally
        {
            _isReadingSettings.Value = false;
        }
    }

    private HandlerSettings Bind()
    {
        while (true)
        {
            // Not under the lock, since it runs the application's code; and again if the settings changed meanwhile.
            var changes = Volatile.Read(ref _changes);
            var options = ReadSettings();
            var account = Serving(options, _accounts.Get(_name, options));
            lock (_gate)
            {
                if (_current is not null || changes == _changes)
                    return _current ??= account;
            }
        }
    }

    private void Reload()
    {
        lock (_gate)
        {
            _changes++;

            // Nobody has asked yet: the first who does reads the settings anyway.
            if (_current is null)
                return;

            try
            {
                var options = ReadSettings();
                var account = _accounts.Get(_name, options);
                account.Apply(options);
                _current = Serving(options, account);
                _refusedReload = null;
            }
#pragma warning disable CA1031 // Binding can fail in many ways, and there is nobody to throw to: the application works on with what it has.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                // One change of a file is often reported twice.
                if (_refusedReload != exception.Message)
                    _logger.ReloadRefused(ClientRegistrations.TitleOf(_name), exception.Message);

                _refusedReload = exception.Message;
            }
        }
    }

    private static ApiaxAccessTokenProvider Tokens(HandlerSettings account) => (ApiaxAccessTokenProvider)account.Tokens;

    private static HandlerSettings Serving(ApiaxAuthOptions options, ApiaxAccessTokenProvider account) =>
        new(account, options);
}
