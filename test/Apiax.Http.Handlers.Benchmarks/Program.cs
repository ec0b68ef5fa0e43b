using System.Globalization;
using Apiax.Http.Handlers.Benchmarks;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;

switch (args)
{
    case [ServerProcess.Verb]:
        await ServerProcess.ServeAsync();
        return 0;
    case [ColdStart.Verb, var contender, var tokenEndpoint, var rules]:
        await ColdStart.RunAsync(contender, new Uri(tokenEndpoint), new Uri(rules));
        return 0;
    case ["--short", .. var goals]:
        return await ShortRun.RunAsync(ScenarioSize.Short, [.. goals.Select(goal => int.Parse(goal, CultureInfo.InvariantCulture))], Console.Out) ? 0 : 1;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(HandlerBenchmarks).Assembly).Run(args, DefaultConfig.Instance.WithArtifactsPath("artifacts/benchmarks"));
        return 0;
}
