using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 6: fresh processes, one after the other, in another order each round.</summary>
internal static class ColdStartScenario
{
    private const int MaxMethods = 250;
    private const int Margin = 20;
    private const int MaxAssemblies = 7;

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        using var realm = await Realm.OpenAsync(server, new RealmSettings(TimeSpan.Zero, TimeSpan.FromHours(1)));
        Start[] starts = [new(ColdStart.HandWritten), new(ColdStart.Factory), new(Contenders.Ours), new(ColdStart.AfterFirstToken)];
        for (var round = 0; round < size.Starts; round++)
        {
            for (var i = 0; i < starts.Length; i++)
                await starts[(round + i) % starts.Length].RunAsync(realm);
        }

        var (handWritten, factory, ours) = (starts[0], starts[1], starts[2]);
        report.Title("Cold start to the first answer, with its token request");
        report.Table(
            ["", "time", "over the hand-written client", "the JIT", "methods compiled", "assemblies"],
            starts.Select(start => (string[])[
                start.Name, Milliseconds(Series.Median(start.Milliseconds)), $"{Over(start, handWritten)} ms", Milliseconds(Series.Median(start.Compiling)), $"{start.MedianMethods}", $"{start.Assemblies}"]));

        var over = Over(ours, factory);
        var methods = ours.MedianMethods - factory.MedianMethods;
        var assemblies = ours.Assemblies - factory.Assemblies;
        report.Time(6, "cold start over a hand-written handler behind `AddHttpClient`", $"{over} ms", "≤ 25 ms", over.Median <= 25);
        report.Gate(6, "methods compiled over it", $"{methods}", $"≤ {MaxMethods} + {Margin}", methods <= MaxMethods + Margin);
        report.Gate(6, "assemblies over it", $"{assemblies}", $"≤ {MaxAssemblies}", assemblies <= MaxAssemblies);
    }

    private static Interval Over(Start start, Start reference) => Interval.OfDifferences(start.Milliseconds, reference.Milliseconds);

    private static string Milliseconds(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:N0} ms");

    private sealed class Start(string name)
    {
        public string Name { get; } = name;

        public List<double> Milliseconds { get; } = [];

        public List<double> Compiling { get; } = [];

        public List<double> Methods { get; } = [];

        public int MedianMethods => (int)Series.Median(Methods);

        public int Assemblies { get; private set; }

        public async Task RunAsync(Realm realm)
        {
            using var process = Child.Start(ColdStart.Verb, Name, realm.TokenEndpoint.ToString(), realm.Rules.ToString());
            var figures = (await process.StandardOutput.ReadToEndAsync()).Split(' ');
            await process.WaitForExitAsync();
            Milliseconds.Add(double.Parse(figures[0], CultureInfo.InvariantCulture));
            Compiling.Add(double.Parse(figures[1], CultureInfo.InvariantCulture));
            Methods.Add(int.Parse(figures[2], CultureInfo.InvariantCulture));
            Assemblies = int.Parse(figures[3], CultureInfo.InvariantCulture);
        }
    }
}
