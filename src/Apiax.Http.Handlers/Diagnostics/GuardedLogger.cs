using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>
/// The application's logger, whose sinks may throw: a call, a token or a reload must not be lost because of an entry. It may be created at its first entry: a
/// logger provider may need a client of the factory, and would otherwise be resolved while that client is created.
/// </summary>
internal sealed class GuardedLogger(Func<ILogger> create) : ILogger
{
    private readonly Lazy<ILogger> _logger = new(create, LazyThreadSafetyMode.PublicationOnly);

    public GuardedLogger(ILogger logger)
        : this(() => logger)
    {
    }

    /// <summary>Creates the logger now.</summary>
    public void Resolve() => _ = _logger.Value;

    // The library has no scopes.
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => Try(logger => logger.IsEnabled(logLevel));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Try(logger =>
    {
        logger.Log(logLevel, eventId, state, exception, formatter);
        return true;
    });

    private bool Try(Func<ILogger, bool> use)
    {
        try
        {
            return use(_logger.Value);
        }
#pragma warning disable CA1031 // The application's code may throw any exception, and there is nowhere to log it.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Enabled, since other sinks may accept the entry.
            return true;
        }
    }
}
