using System.Runtime.InteropServices;

namespace Apiax.Cli;

/// <summary>Ctrl+C, or the system's wish that the tool ends: what is under way ends in order. Asked a second time, it ends at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public StopSignals()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, ExitCodes.Interrupted)));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, ExitCodes.Terminated)));
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>What a shell expects of a program that a signal has ended.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Interrupted;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext signal, int exitCode)
    {
        signal.Cancel = !_stop.IsCancellationRequested;
        ExitCode = exitCode;
        _stop.Cancel();
    }
}
