using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>The log of one account. Each entry begins with the account's name, in its text and as its property <c>Account</c>.</summary>
internal sealed class AccountLogger(string account, ILogger logger) : ILogger
{
    private const string OriginalFormat = "{OriginalFormat}";

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = (IEnumerable<KeyValuePair<string, object?>>)state!;
        KeyValuePair<string, object?>[] named =
        [
            new("Account", account),
            .. values.Select(value => value.Key == OriginalFormat ? new(OriginalFormat, AccountName.Before("{Account}", $"{value.Value}")) : value),
        ];
        logger.Log(logLevel, eventId, named, exception, (_, thrown) => AccountName.Before(account, formatter(state, thrown)));
    }
}
