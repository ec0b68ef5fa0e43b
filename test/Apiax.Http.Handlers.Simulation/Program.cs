using System.Globalization;
using Apiax.Http.Handlers.Simulation;

// dotnet run --project test/Apiax.Http.Handlers.Simulation [-- FILE.svg]: prints the table, and makes the plot of it.
// dotnet run -c Release --project test/Apiax.Http.Handlers.Simulation -- logins: replicas without a store that sign in together.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["logins"])
{
    LoginTable.Print(Console.Out);
    return;
}

var findings = new List<Finding>();
Console.WriteLine("| token life | replicas | cold start: busiest second | slowest first token | operations/s (on paper) | busiest second (on paper) | token requests/h | messages/s |");
Console.WriteLine("|---|---|---|---|---|---|---|---|");
foreach (var life in new[] { 60, 300, 1800 })
{
    foreach (var replicas in new[] { 10, 30, 100, 300, 1000, 3000, 10_000 })
    {
        var finding = new Cluster(replicas, TimeSpan.FromSeconds(life)).Run(generations: 8);
        findings.Add(finding);
        Console.WriteLine(
            $"| {life} s | {replicas:N0} | {finding.ColdPeak:N0} | {finding.ColdWait:0.00} s | {finding.Operations:N2} ({finding.OperationsOnPaper:N2}) | " +
            $"{finding.Peak:N0} ({finding.PeakOnPaper:N0}) | {finding.TokenRequests * 3600:0.0} | {finding.Messages:N2} |");
    }
}

if (args is [var file])
    await File.WriteAllTextAsync(file, Plot.Of(findings));
