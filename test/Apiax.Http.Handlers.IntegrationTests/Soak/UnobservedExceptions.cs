using System.Collections.Concurrent;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Exceptions of tasks that nobody ever looked at, in the whole process.</summary>
internal sealed class UnobservedExceptions : IDisposable
{
    private readonly ConcurrentQueue<Exception> _exceptions = new();

    public UnobservedExceptions()
    {
        Collect();
        TaskScheduler.UnobservedTaskException += Add;
    }

    /// <summary>They come to light when their tasks are collected.</summary>
    public IReadOnlyCollection<Exception> All()
    {
        Collect();
        return _exceptions;
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Add;

    private static void Collect()
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private void Add(object? sender, UnobservedTaskExceptionEventArgs exception) => _exceptions.Enqueue(exception.Exception);
}
