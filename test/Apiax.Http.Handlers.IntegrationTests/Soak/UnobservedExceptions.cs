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
        for (var turn = 0; turn < 5; turn++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private void Add(object? sender, UnobservedTaskExceptionEventArgs report)
    {
        foreach (var exception in report.Exception.Flatten().InnerExceptions)
            _exceptions.Enqueue(exception);
    }
}
