using System.Diagnostics.CodeAnalysis;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The faults that a test added, in their order, each for a number of requests.</summary>
internal sealed class FaultQueue<T>
{
    private readonly object _lock = new();
    private readonly List<(T Fault, int Left)> _queue = [];

    public void Add(T fault, int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        lock (_lock)
            _queue.Add((fault, times));
    }

    /// <summary>Takes the first fault that applies to a request.</summary>
    public bool TryTake(Predicate<T> fits, [MaybeNullWhen(false)] out T fault)
    {
        lock (_lock)
        {
            var index = _queue.FindIndex(entry => fits(entry.Fault));
            if (index < 0)
            {
                fault = default;
                return false;
            }

            (fault, var left) = _queue[index];
            if (left == 1)
                _queue.RemoveAt(index);
            // int.MaxValue stands for "all": it is never used up.
            else if (left != int.MaxValue)
                _queue[index] = (fault, left - 1);

            return true;
        }
    }

    public void Clear()
    {
        lock (_lock)
            _queue.Clear();
    }
}
