using System.Diagnostics;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The spans of one source that ended.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ActivityListener _listener = new();
    private readonly List<Activity> _ended = [];
    private readonly List<(int Count, TaskCompletionSource Ended)> _waiting = [];

    public Spans(string source = ApiaxAuthDiagnostics.ActivitySourceName)
    {
        _listener.ShouldListenTo = each => each.Name == source;
        _listener.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded;
        _listener.ActivityStopped = Add;
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The last of so many; a span ends a moment after its callers go on.</summary>
    public async Task<Activity> EndedAsync(int count = 1)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_ended)
        {
            _waiting.Add((count, ended));
            Notify();
        }

        await ended.Task.Soon();
        lock (_ended)
            return _ended[count - 1];
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Activity span)
    {
        lock (_ended)
        {
            _ended.Add(span);
            Notify();
        }
    }

    private void Notify()
    {
        foreach (var (count, ended) in _waiting)
        {
            if (_ended.Count >= count)
                ended.TrySetResult();
        }
    }
}
