using System.Globalization;
using System.Net.Http.Json;
using System.Text;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 8: a JSON body, which is recorded while it is sent, eight calls at a time; compared with no auth, with the same bytes in memory, and with the recording off.</summary>
internal static class BodyScenario
{
    private const int AtOnce = 8;

    private static readonly (string Name, int Bytes)[] Sizes = [("200 B", 200), ("4 KB", 4 << 10), ("64 KB", 64 << 10), ("1 MB", 1 << 20)];

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        var rules = new Uri(server.Http1, "rules");
        using var realm = await Realm.OpenAsync(server, new RealmSettings(TimeSpan.Zero, TimeSpan.FromHours(1)));
        using var plain = new LoopbackClient();
        using var recording = LoopbackClient.Ours(realm, rules, options => options.MaxReplayBodySize = 2 << 20);
        using var off = LoopbackClient.Ours(realm, rules, options => options.MaxReplayBodySize = 0);

        report.Title("A JSON POST, eight at a time");
        var rows = new List<string[]>();
        foreach (var (name, bytes) in Sizes)
        {
            var text = new string('x', bytes - 2);
            var memory = Encoding.UTF8.GetBytes($"\"{text}\"");
            var all = await size.LoopbackRounds.RunAsync(
            [
                Posting("no auth", plain, rules, () => JsonContent.Create(text)),
                Posting("recorded", recording, rules, () => JsonContent.Create(text)),
                Posting("not recorded", off, rules, () => JsonContent.Create(text)),
                Posting("no auth, in memory", plain, rules, () => new ByteArrayContent(memory)),
                Posting("in memory", recording, rules, () => new ByteArrayContent(memory)),
            ]);
            rows.Add([name, .. all.Select(series => Format($"{series.MedianNanoseconds / 1000:N0} µs")), Bytes(all[1], all[0]), Bytes(all[2], all[0]), Bytes(all[4], all[3]), $"{all[1].TimeOver(all[2])}"]);
            Judge(report, name, all);
        }

        report.Table(
            ["", "no auth", "recorded", "recording off", "no auth, in memory", "in memory", "bytes: recorded", "recording off", "in memory", "time: recorded ÷ recording off"],
            rows);
    }

    private static Contender Posting(string name, LoopbackClient client, Uri uri, Func<HttpContent> content) =>
        new(name, calls => client.PostAsync(calls, AtOnce, uri, content));

    private static void Judge(Report report, string name, IReadOnlyList<Series> all)
    {
        var recorded = all[1].BytesOver(all[2]);
        var memory = all[4].BytesOver(all[3]);
        report.Time(8, $"JSON of {name}, bytes for its recording", Format($"{recorded:N0} B"), "≤ 1,500 B: the memory is pooled", recorded <= 1500);
        report.Time(8, $"{name} in memory, bytes over no auth", Format($"{memory:N0} B"), "≤ 300 B", memory <= 300);
        report.Time(8, $"JSON of {name}, time ÷ recording off", $"{all[1].TimeOver(all[2])}", "≤ 1.05", all[1].TimeOver(all[2]).Median <= 1.05);
    }

    private static string Bytes(Series series, Series other) => Format($"{series.BytesOver(other):N0} B");

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
