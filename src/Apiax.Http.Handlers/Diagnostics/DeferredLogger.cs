using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers;

/// <summary>
/// A logger that is created at its first entry: a logger provider may need a client of the factory, and would otherwise be resolved while that client is
/// created.
/// </summary>
internal sealed class DeferredLogger(Func<ILogger> create) : ILogger
{
    private readonly Lazy<ILogger> _logger = new(create, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Creates the logger now.</summary>
    public void Resolve() => _ = _logger.Value;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _logger.Value.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => _logger.Value.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _logger.Value.Log(logLevel, eventId, state, exception, formatter);
}
