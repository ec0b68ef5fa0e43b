using System.Collections.Concurrent;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Unobserved exceptions of tasks, in the whole process.</summary>
internal sealed class UnobservedExceptions : IDisposable
{
    private readonly ConcurrentQueue<Exception> _exceptions = new();

    public UnobservedExceptions()
    {
        Collect();
        TaskScheduler.UnobservedTaskException += Add;
    }

    /// <summary>They are reported when their tasks are collected.</summary>
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
