using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Goal 2: whole calls over loopback, eight at a time, with a client of the factory.</summary>
internal static class LoopbackScenario
{
    private const int AtOnce = 8;

    public static async Task RunAsync(ServerAddresses server, ScenarioSize size, Report report)
    {
        var http1 = await MeasureAsync(server, new Uri(server.Http1, "rules"), HttpVersion.Version11, size);
        var http2 = await MeasureAsync(server, new Uri(server.Http2, "rules"), HttpVersion.Version20, size);

        report.Title("Whole calls over loopback");
        report.Table(
            ["", "HTTP/1.1: bytes over no auth", "processor time ÷ floor", "HTTP/2: bytes over no auth", "processor time ÷ floor"],
            http1.Select((series, i) => (string[])[series.Name, .. Cells(series, http1), .. Cells(http2[i], http2)]));

        Judge(report, "HTTP/1.1", http1);
        Judge(report, "HTTP/2", http2);
    }

    private static async Task<IReadOnlyList<Series>> MeasureAsync(ServerAddresses server, Uri rules, Version version, ScenarioSize size)
    {
        using var realm = await Realm.OpenAsync(server, new RealmSettings(TimeSpan.Zero, TimeSpan.FromHours(1)));
        List<(string Name, LoopbackClient Client)> clients =
        [
            (Contenders.NoAuth, new LoopbackClient()),
            (Contenders.Floor, new LoopbackClient(builder => builder.AddHttpMessageHandler(() => new FloorHandler()))),
            (Contenders.LookingFloor, new LoopbackClient(builder => builder.AddHttpMessageHandler(() => new LookingFloorHandler()))),
            (Contenders.HardCoded, LoopbackClient.HardCoded()),
            (Contenders.HandWritten, LoopbackClient.HandWritten(realm.TokenEndpoint)),
            (Contenders.Ours, LoopbackClient.Ours(realm, rules)),
            .. Contenders.Peers.Select(peer => (peer.Name, LoopbackClient.Before(peer.Create))),
        ];
        try
        {
            return await size.LoopbackRounds.RunAsync([.. clients.Select(one => new Contender(one.Name, calls => one.Client.CallAsync(calls, AtOnce, rules, version)))]);
        }
        finally
        {
            clients.ForEach(one => one.Client.Dispose());
        }
    }

    private static void Judge(Report report, string version, IReadOnlyList<Series> all)
    {
        var ours = Find(all, Contenders.Ours);
        var bytes = ours.BytesOver(Find(all, Contenders.NoAuth));
        var saved = -ours.BytesOver(Find(all, Contenders.HardCoded));
        var processor = ours.ProcessorTimeOver(Find(all, Contenders.Floor));
        report.Gate(2, $"{version}, bytes a request over no auth", Format($"{bytes:N0} B"), "≤ 300 B", bytes <= 300);
        report.Gate(2, $"{version}, bytes below the hard-coded header", Format($"{saved:N0} B"), "≥ 2,300 B", saved >= 2300);
        report.Time(2, $"{version}, processor time ÷ floor", $"{processor}", "≤ 1.03 ×", processor.Median <= 1.03);
    }

    private static string[] Cells(Series series, IReadOnlyList<Series> all) =>
        [Format($"{series.BytesOver(Find(all, Contenders.NoAuth)):N0}"), $"{series.ProcessorTimeOver(Find(all, Contenders.Floor))}"];

    private static Series Find(IEnumerable<Series> series, string name) => series.Single(one => one.Name == name);

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
