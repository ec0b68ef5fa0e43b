using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Apiax.Http.Handlers;

/// <summary>The logs, metrics and spans of one account; each has the account's name.</summary>
/// <param name="account">The account's name; never the user name.</param>
/// <param name="logger">Where to log.</param>
/// <param name="metrics">Where to count.</param>
internal sealed class AccountTelemetry(string account, ILogger logger, TokenMetrics metrics)
{
    public static AccountTelemetry Unnamed { get; } = new(AccountName.Unnamed, NullLogger.Instance, TokenMetrics.Shared);

    public string Account => account;

    public ILogger Logger { get; } = new AccountLogger(account, logger);

    /// <inheritdoc cref="TokenMetrics.TokenRequested"/>
    public void TokenRequested(string grantType, string? error, TimeSpan duration) => Record(() => metrics.TokenRequested(account, grantType, error, duration));

    /// <inheritdoc cref="TokenMetrics.Waited"/>
    public void Waited(TimeSpan duration) => Record(() => metrics.Waited(account, duration));

    /// <inheritdoc cref="TokenMetrics.Unauthorized"/>
    public void Unauthorized(string outcome) => Record(() => metrics.Unauthorized(account, outcome));

    /// <summary>Runs code that may call listeners of the application: their exceptions are logged, not thrown.</summary>
    public void Record(Action record)
    {
        try
        {
            record();
        }
#pragma warning disable CA1031 // A flight must not fail because of a listener of the application.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Logger.ListenerFailed(exception);
        }
    }
}
