using System.Diagnostics.CodeAnalysis;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Faults that a test has asked for, each for so many requests, first come first served.</summary>
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

    /// <summary>The first fault for a request, used up once.</summary>
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
