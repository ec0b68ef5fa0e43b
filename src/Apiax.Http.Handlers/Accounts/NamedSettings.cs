using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>The settings of one name that are in force, and the account that they lead to: both may change when they are read again.</summary>
/// <param name="name">The name of the options.</param>
/// <param name="reader">Makes them.</param>
/// <param name="registry">All settings; it decides what comes into force.</param>
/// <param name="logger">Logs what is refused.</param>
internal sealed class NamedSettings(string name, SettingsReader reader, SettingsRegistry registry, ILogger logger) : IHostTokens, IDisposable
{
    private volatile HandlerSettings? _inForce;
    private ApiaxAuthOptions? _optionsInForce;
    private string? _refusedReload;

    public string Name => name;

    public bool IsInForce => _inForce is not null;

    /// <summary>What a handler works with.</summary>
    /// <exception cref="OptionsValidationException">The settings are wrong, and have been from the start.</exception>
    public HandlerSettings InForce => _inForce ?? registry.PutInForce(this);

    /// <summary>What was read last, of what can be used.</summary>
    public ApiaxAuthOptions? Newest => reader.Newest ?? _optionsInForce;

    /// <summary>What they set otherwise than the account's owner does, in a sentence; nothing if they agree.</summary>
    public string? Conflict { get; set; }

    /// <summary>How the account is.</summary>
    public ApiaxAccountStatus Status
    {
        get
        {
            try
            {
                return Provider(InForce).StatusAs(SettingsName.Label(name));
            }
#pragma warning disable CA1031 // The application's code may throw anything; the next call meets it and throws it.
            catch (Exception)
#pragma warning restore CA1031
            {
                return ApiaxAccountStatus.Misconfigured(SettingsName.Label(name));
            }
        }
    }

    /// <summary>What the gauges show; nothing before the first use, since whoever collects metrics must not run the application's code.</summary>
    public AccountReading? Gauge => _inForce is { } settings ? Provider(settings).ReadingAs(SettingsName.Label(name)) : null;

    public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
        await InForce.Tokens.GetTokenAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) =>
        await InForce.Tokens.ReplaceTokenAsync(rejected, cancellationToken).ConfigureAwait(false);

    public string Account => _inForce?.Tokens.Account ?? SettingsName.Label(name);

    public bool IsWatched => InForce.Tokens.IsWatched;

    public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken) =>
        InForce.Tokens.GetTokenAsync(api, cancellationToken);

    public int Reject(ApiaxAccessToken token, Uri api) => InForce.Tokens.Reject(token, api);

    public void Accept(ApiaxAccessToken token, Uri api) => InForce.Tokens.Accept(token, api);

    public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) =>
        InForce.Tokens.ReplaceTokenAsync(rejected, api, cancellationToken);

    public void Read() => reader.Read();

    public bool TakeChange() => reader.TakeChange();

    /// <summary>Reads them again; those in force stay if that fails.</summary>
    public void Reload()
    {
        // Nobody has needed them yet: the first who does reads the settings anyway.
        reader.Forget();
        if (_inForce is null)
            return;

        try
        {
            reader.Read();
            _refusedReload = null;
        }
#pragma warning disable CA1031 // Binding can fail in many ways, and nobody would catch it: the application works on with what it has.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // One change of a file is often reported twice.
            if (_refusedReload != exception.Message)
                logger.ReloadRefused(exception.Message, exception is OptionsValidationException ? null : exception);

            _refusedReload = exception.Message;
        }
    }

    public void PutInForce(ApiaxAuthOptions options, ApiaxAccessTokenProvider tokens)
    {
        if (!ReferenceEquals(options, _optionsInForce) || !ReferenceEquals(tokens, _inForce!.Tokens))
            (_optionsInForce, _inForce) = (options, new HandlerSettings(tokens, options));
    }

    public void Dispose() => reader.Dispose();

    private static ApiaxAccessTokenProvider Provider(HandlerSettings settings) => (ApiaxAccessTokenProvider)settings.Tokens;
}
