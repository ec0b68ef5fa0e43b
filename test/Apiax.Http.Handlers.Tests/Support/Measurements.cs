using System.Diagnostics.Metrics;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What the instruments of one container measure; without a container if it is null.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<Measured> _all = [];
    private readonly List<Instrument> _instruments = [];

    public Measurements(object? scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != ApiaxAuthDiagnostics.MeterName || instrument.Meter.Scope != scope)
                return;

            _instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyList<Instrument> Instruments => _instruments;

    public IReadOnlyList<Measured> All
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    /// <summary>What an instrument measured, each as "tag=value tag=value".</summary>
    public IEnumerable<string> TagsOf(string instrument) => Of(instrument).Select(measured => measured.Tags);

    public IEnumerable<Measured> Of(string instrument) => All.Where(measured => measured.Instrument == instrument);

    /// <summary>What a gauge shows now, by its tags.</summary>
    public Dictionary<string, double> Read(string gauge)
    {
        lock (_all)
            _all.Clear();

        _listener.RecordObservableInstruments();
        return Of(gauge).ToDictionary(measured => measured.Tags, measured => measured.Value, StringComparer.Ordinal);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_all)
            _all.Add(new Measured(instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
    }
}

/// <param name="Instrument">Its name.</param>
/// <param name="Value">What it measured.</param>
/// <param name="Tags">Its tags.</param>
internal sealed record Measured(string Instrument, double Value, string Tags);
