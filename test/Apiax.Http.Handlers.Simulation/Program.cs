using System.Globalization;
using Apiax.Http.Handlers.Simulation;

// dotnet run -c Release --project test/Apiax.Http.Handlers.Simulation [-- FILE.svg]: prints the table, and writes its plot.
// dotnet run -c Release --project test/Apiax.Http.Handlers.Simulation -- schedules COUNT [FIRST]: runs this number of schedules, by seed, and fails if one goes wrong.
// dotnet run -c Release --project test/Apiax.Http.Handlers.Simulation -- logins: replicas without a store that sign in together.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Pool.RunWithOneThread(args) is { } code)
    return code;

if (args is ["logins"])
{
    LoginTable.Print(Console.Out);
    return 0;
}

if (args is ["schedules", var count, .. var first])
{
    var schedules = Enumerable.Range(first is [var from] ? int.Parse(from, CultureInfo.InvariantCulture) : 1, int.Parse(count, CultureInfo.InvariantCulture)).Select(seed => (Seed: seed, Played: Play(seed))).ToList();
    var wrong = schedules.Where(schedule => schedule.Played.Wrong.Count > 0).ToList();
    foreach (var (seed, played) in wrong.Take(20))
        Console.WriteLine($"seed {seed}: {string.Join("; ", played.Wrong)}");

    Console.WriteLine(
        $"{schedules.Count} schedules, {wrong.Count} wrong: {schedules.Sum(schedule => schedule.Played.Calls):N0} calls, {schedules.Sum(schedule => schedule.Played.Failed):N0} failed, " +
        $"{schedules.Sum(schedule => schedule.Played.Logins):N0} logins, longest wait {schedules.Max(schedule => schedule.Played.Longest):0.0} s");
    return wrong.Count == 0 ? 0 : 1;
}

var findings = new List<Finding>();
Console.WriteLine("| token life | replicas | cold start: busiest second | slowest first token | operations/s (calculated) | busiest second | after a killed owner | token requests/h | messages/s |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
foreach (var life in new[] { 60, 300, 1800 })
{
    foreach (var replicas in new[] { 2, 8, 30, 100, 300, 1000, 3000, 10_000 })
    {
        var finding = new Cluster(replicas, TimeSpan.FromSeconds(life)).Run(generations: 4);
        findings.Add(finding);
        Console.WriteLine(
            $"| {life} s | {replicas:N0} | {finding.ColdPeak:N0} | {finding.ColdWait:0.00} s | {finding.Operations:N2} ({finding.OperationsOnPaper:N2}) | " +
            $"{finding.Peak:N0} | {finding.DeadLeaderPeak:N0} | {finding.TokenRequests * 3600:0.0} | {finding.Messages:N2} |");
    }
}

if (args is [var file])
    await File.WriteAllTextAsync(file, Plot.Of(findings)).ConfigureAwait(false);

return 0;

static Schedule Play(int seed)
{
    var schedule = new Schedule(seed);
    schedule.Run();
    return schedule;
}
