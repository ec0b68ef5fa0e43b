using System.Diagnostics;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The spans of one source that began while it listened.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ActivityListener _listener = new();
    private readonly List<Activity> _begun = [];
    private readonly HashSet<Activity> _ended = [];
    private readonly List<(int Number, TaskCompletionSource Ended)> _waiting = [];

    public Spans(string source = ApiaxAuthDiagnostics.ActivitySourceName)
    {
        _listener.ShouldListenTo = each => each.Name == source;
        _listener.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded;
        _listener.ActivityStarted = span => Note(() => _begun.Add(span));
        _listener.ActivityStopped = span => Note(() => _ended.Add(span));
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The span with this number, in the order of starts, when it has ended: shortly after its callers continue, and perhaps after the next one.</summary>
    public async Task<Activity> EndedAsync(int number = 1)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Note(() => _waiting.Add((number, ended)));
        await ended.Task.Soon();
        lock (_begun)
            return _begun[number - 1];
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Action what)
    {
        lock (_begun)
        {
            what();
            foreach (var (number, ended) in _waiting)
            {
                if (_begun.Count >= number && _ended.Contains(_begun[number - 1]))
                    ended.TrySetResult();
            }
        }
    }
}
