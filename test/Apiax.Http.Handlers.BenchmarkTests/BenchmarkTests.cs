using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;

namespace Apiax.Http.Handlers.Benchmarks.Tests;

/// <summary>Each benchmark runs once with each of its parameters, so that none stops working unnoticed.</summary>
internal sealed class BenchmarkTests
{
    private static IEnumerable<TestCaseData> All => typeof(HandlerBenchmarks).Assembly.GetTypes()
        .Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(BenchmarkAttribute))))
        .SelectMany(type => BenchmarkConverter.TypeToBenchmarks(type).BenchmarksCases)
        .Select(benchmark => new TestCaseData(benchmark).SetArgDisplayNames(benchmark.Descriptor.Type.Name, benchmark.Descriptor.WorkloadMethod.Name, benchmark.Parameters.PrintInfo));

    [TestCaseSource(nameof(All))]
    public async Task A_benchmark_runs(BenchmarkCase benchmark)
    {
        var instance = Activator.CreateInstance(benchmark.Descriptor.Type)!;
        foreach (var parameter in benchmark.Parameters.Items)
            benchmark.Descriptor.Type.GetProperty(parameter.Name)!.SetValue(instance, parameter.Value);

        await InvokeAsync(benchmark.Descriptor.GlobalSetupMethod, instance);
        try
        {
            await InvokeAsync(benchmark.Descriptor.WorkloadMethod, instance);
        }
        finally
        {
            await InvokeAsync(benchmark.Descriptor.GlobalCleanupMethod, instance);
        }
    }

    private static async Task InvokeAsync(MethodInfo? method, object instance)
    {
        if (method?.Invoke(instance, parameters: null) is Task running)
            await running.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
