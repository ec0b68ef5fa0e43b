using System.Diagnostics.CodeAnalysis;

namespace Apiax.Http.Handlers.Testing;

/// <summary>Faults that a test has asked for, each for so many requests, first come first served.</summary>
internal sealed class FaultQueue<T>
{
    private readonly object _lock = new();
    private readonly Queue<(T Fault, int Times)> _queue = new();
    private int _taken;

    public void Add(T fault, int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        lock (_lock)
            _queue.Enqueue((fault, times));
    }

    public bool TryTake([MaybeNullWhen(false)] out T fault)
    {
        lock (_lock)
        {
            if (!_queue.TryPeek(out var first))
            {
                fault = default;
                return false;
            }

            fault = first.Fault;
            // int.MaxValue stands for "all": it is never used up.
            if (first.Times != int.MaxValue && ++_taken == first.Times)
            {
                _queue.Dequeue();
                _taken = 0;
            }

            return true;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _queue.Clear();
            _taken = 0;
        }
    }
}
