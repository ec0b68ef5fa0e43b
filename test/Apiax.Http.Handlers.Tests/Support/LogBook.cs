using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests;

/// <summary>All that is logged, at every level, with everything that a log sink could print of it.</summary>
internal sealed class LogBook : ILoggerFactory, ILoggerProvider, ISupportExternalScope
{
    private readonly List<LogEntry> _entries = [];
    private readonly List<(string Event, int Count, TaskCompletionSource Written)> _waiting = [];
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    /// <summary>The lowest level that is enabled.</summary>
    public LogLevel MinLevel { get; set; } = LogLevel.Trace;

    public IReadOnlyList<LogEntry> Entries
    {
        get
        {
            lock (_entries)
                return [.. _entries];
        }
    }

    public IEnumerable<LogEntry> Of(string eventName) => Entries.Where(entry => entry.Event == eventName);

    /// <summary>Completes when that many entries of the event have been written.</summary>
    public Task WaitForAsync(string eventName, int count = 1)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_entries)
        {
            _waiting.Add((eventName, count, written));
            Notify();
        }

        return written.Task.Soon();
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    private void Add(LogEntry entry)
    {
        lock (_entries)
        {
            _entries.Add(entry);
            Notify();
        }
    }

    private void Notify()
    {
        foreach (var (name, count, written) in _waiting)
        {
            if (_entries.Count(entry => entry.Event == name) >= count)
                written.TrySetResult();
        }
    }

    private sealed class Logger(LogBook book, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => book._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= book.MinLevel;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(", ", pairs.Select(pair => $"{pair.Key}={Text(pair.Value)}")) : null;
            var scopes = new List<string?>();
            book._scopes.ForEachScope((scope, texts) => texts.Add(scope?.ToString()), scopes);
            book.Add(new LogEntry(category, logLevel, eventId.Name, formatter(state, exception), $"{values} {exception} {string.Join(", ", scopes)}"));
        }

        // A structured sink prints the items of a list, for example the headers in the factory's request logs.
        private static string? Text(object? value) => value is IEnumerable<string> list ? string.Join(' ', list) : value?.ToString();
    }
}

/// <param name="Category">The logger's category.</param>
/// <param name="Level">The level.</param>
/// <param name="Event">The event's name.</param>
/// <param name="Message">The text.</param>
/// <param name="Details">The structured values, the exception and the scopes.</param>
internal sealed record LogEntry(string Category, LogLevel Level, string? Event, string Message, string Details);
