using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.RedisWorker;

/// <summary>Counts what the library logs.</summary>
internal sealed class EventCounts : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _warnings = new();

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public IReadOnlyList<string> Warnings => [.. _warnings.Take(20)];

    public ILogger CreateLogger(string categoryName) => new Counter(this, categoryName.StartsWith("Apiax.", StringComparison.Ordinal));

    public void Dispose()
    {
    }

    private sealed class Counter(EventCounts events, bool isOurs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isOurs;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!isOurs)
                return;

            events._counts.AddOrUpdate(eventId.Name ?? "", 1, (_, count) => count + 1);
            if (logLevel >= LogLevel.Warning)
                events._warnings.Enqueue($"{eventId.Name}: {formatter(state, exception)}");
        }
    }
}
