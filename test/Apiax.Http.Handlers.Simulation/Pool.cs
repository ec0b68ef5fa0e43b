using System.Diagnostics;
using System.Reflection;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>A thread pool of one thread, whose <see cref="Random.Shared"/> gets a seed: a run can be repeated.</summary>
internal static class Pool
{
    private const string Processors = "DOTNET_PROCESSOR_COUNT";

    /// <summary>The runtime reads how many processors there are when it starts, and a pool has at least as many threads: this program starts itself again with one.</summary>
    /// <returns>The exit code of that process; null in the process with one thread.</returns>
    public static int? RunWithOneThread(string[] arguments)
    {
        if (Environment.GetEnvironmentVariable(Processors) == "1")
        {
            ThreadPool.SetMinThreads(1, 1);
            return ThreadPool.SetMaxThreads(1, 1) ? null : throw new InvalidOperationException("The pool has more than one thread.");
        }

        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        foreach (var argument in Environment.GetCommandLineArgs().Take(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? 1 : 0).Concat(arguments))
            start.ArgumentList.Add(argument);

        start.Environment[Processors] = "1";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Call it on the pool's thread. .NET has no seed for the shared generator, whose state belongs to the thread.</summary>
    public static void Seed(int seed)
    {
        _ = Random.Shared.Next();
        var shared = typeof(Random).GetNestedType("ThreadSafeRandom", BindingFlags.NonPublic)!.GetField("t_random", BindingFlags.Static | BindingFlags.NonPublic)!;
        var generator = shared.GetValue(null)!;
        var words = new Random(seed);
        foreach (var field in generator.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(field => field.FieldType == typeof(ulong)).OrderBy(field => field.Name, StringComparer.Ordinal))
            field.SetValue(generator, (ulong)words.NextInt64() | 1);
    }
}
