using System.Globalization;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>How soon replicas that start together are signed in.</summary>
internal static class LoginTable
{
    private const int Runs = 200;

    public static void Print(TextWriter output)
    {
        output.WriteLine("| replicas | a login takes | signed in within 10 s | all, median | all, 95 of 100 runs | all, worst |");
        output.WriteLine("|---|---|---|---|---|---|");
        foreach (var replicas in new[] { 2, 8, 30, 100 })
        {
            foreach (var milliseconds in new[] { 50, 200, 600 })
                output.WriteLine(Row(replicas, milliseconds));
        }

        var posts = Enumerable.Range(0, Runs).Select(LoginCluster.CountWrongPasswords).GroupBy(count => count).OrderBy(group => group.Key);
        output.WriteLine($"\nA wrong password is sent in the first half hour: {string.Join(", ", posts.Select(group => $"{group.Key} times in {group.Count()} runs"))}.");
    }

    private static string Row(int replicas, int milliseconds)
    {
        var runs = Enumerable.Range(0, Runs).Select(seed => LoginCluster.Run(replicas, TimeSpan.FromMilliseconds(milliseconds), seed)).ToList();
        var last = runs.Select(run => run.Length == replicas ? run[^1] : double.PositiveInfinity).Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {replicas} | {milliseconds} ms | {runs.Average(run => run.Count(second => second <= 10) / (double)replicas):P1} | {last[Runs / 2]:N0} s | {last[Runs * 95 / 100]:N0} s | {last[^1]:N0} s |");
    }
}
