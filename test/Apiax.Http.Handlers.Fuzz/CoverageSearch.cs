using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trace = SharpFuzz.Common.Trace;

namespace Apiax.Http.Handlers.Fuzz;

/// <summary>Mutates the corpus, keeps inputs that take new branches of the library, and stops at the first input that the target rejects.</summary>
internal static unsafe class CoverageSearch
{
    private const int MapSize = 1 << 16;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly byte[] Seen = new byte[MapSize];

    private static byte* Map => Trace.SharedMem;

    public static bool Run(FuzzTarget target, long executions, int seed)
    {
        Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapSize);
        var mutation = new Mutation(seed, target);
        var corpus = mutation.Inputs.Count;
        foreach (var input in mutation.Inputs)
            TryRun(target, input, out _);

        var clock = Stopwatch.StartNew();
        long most = 0;
        using var watchdog = new Watchdog();
        for (long number = 1; number <= executions; number++)
        {
            var input = mutation.Next();
            watchdog.Begin(input);
            if (!TryRun(target, input, out var bytes))
                return false;

            most = Math.Max(most, bytes);
            if (TookNewBranches())
                mutation.Keep(input);
            if (number % 1_000_000 == 0 || number == executions)
                Console.WriteLine($"{number:N0} executions in {clock.Elapsed.TotalSeconds:N0} s, {mutation.Inputs.Count} inputs from {corpus}, {most:N0} bytes at most, 0 crashes, 0 hangs (seed {seed})");
        }

        return true;
    }

    private static bool TryRun(FuzzTarget target, byte[] input, out long bytes)
    {
        new Span<byte>(Map, MapSize).Clear();
        Trace.PrevLocation = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        try
        {
            target.Run(input);
        }
#pragma warning disable CA1031 // The search is for any exception.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            bytes = 0;
            return Report(input, exception.ToString());
        }

        bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (bytes > target.MaxBytes)
            return Report(input, $"{bytes:N0} bytes allocated");

        // Measured again: the delay may be due to a busy machine.
        return Stopwatch.GetElapsedTime(start) < Longest || Timed(target, input) < Longest || Report(input, "slower than a second");
    }

    private static TimeSpan Timed(FuzzTarget target, byte[] input)
    {
        var start = Stopwatch.GetTimestamp();
        target.Run(input);
        return Stopwatch.GetElapsedTime(start);
    }

    public static bool Report(byte[] input, string what)
    {
        var file = Path.GetFullPath($"crash-{Convert.ToHexString(SHA256.HashData(input))[..16]}");
        File.WriteAllBytes(file, input);
        Console.Error.WriteLine($"{what}\nThe input is in {file}.");
        return false;
    }

    /// <summary>Whether a branch was taken for the first time, or an order of magnitude more often than before.</summary>
    private static bool TookNewBranches()
    {
        var map = new ReadOnlySpan<byte>(Map, MapSize);
        var isNew = false;
        for (var at = map.IndexOfAnyExcept((byte)0); at < MapSize; at++)
        {
            var next = map[at..].IndexOfAnyExcept((byte)0);
            if (next < 0)
                break;

            at += next;
            var often = (byte)(1 << Math.Min(7, (int)Math.Log2(map[at])));
            isNew |= (Seen[at] & often) == 0;
            Seen[at] |= often;
        }

        return isNew;
    }
}
