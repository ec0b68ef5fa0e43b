using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>Measures a caller's wait for a flight, with any outcome, and links the flight to the caller's span.</summary>
internal readonly struct TokenWait(AccountTelemetry telemetry, TimeProvider time, FlightSpan flight) : IDisposable
{
    private readonly long _start = time.GetTimestamp();
    private readonly Activity? _caller = Activity.Current;

    public void Dispose()
    {
        telemetry.Waited(time.GetElapsedTime(_start));
        flight.LinkTo(_caller);
    }
}
