using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>Every measurement of every meter and every activity of every source of the process, as text.</summary>
internal sealed class Telemetry : IDisposable
{
    private readonly List<string> _texts = [];
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities = new();

    public Telemetry()
    {
        _meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        Measure<byte>();
        Measure<short>();
        Measure<int>();
        Measure<long>();
        Measure<float>();
        Measure<double>();
        Measure<decimal>();
        _meters.Start();

        _activities.ShouldListenTo = _ => true;
        _activities.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded;
        _activities.ActivityStopped = Add;
        ActivitySource.AddActivityListener(_activities);
    }

    public IReadOnlyList<string> Texts
    {
        get
        {
            _meters.RecordObservableInstruments();
            lock (_texts)
                return [.. _texts];
        }
    }

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Measure<T>()
        where T : struct => _meters.SetMeasurementEventCallback<T>((instrument, value, tags, _) => Add($"metric {instrument.Meter.Name} {instrument.Name} {instrument.Description} {value} {Text(tags.ToArray())}"));

    private void Add(Activity activity) => Add(
        $"""
        activity {activity.Source.Name} {activity.OperationName} {activity.DisplayName} {activity.StatusDescription} {activity.TraceStateString}
        {Text(activity.TagObjects)} {Text(activity.Baggage)}
        {string.Join(", ", activity.Events.Select(happened => $"{happened.Name} {Text(happened.Tags)}"))}
        {string.Join(", ", activity.Links.Select(link => Text(link.Tags ?? [])))}
        """);

    private void Add(string text)
    {
        lock (_texts)
            _texts.Add(text);
    }

    private static string Text<T>(IEnumerable<KeyValuePair<string, T>> tags) => string.Join(", ", tags.Select(tag => $"{tag.Key}={tag.Value}"));
}
