using System.Runtime.InteropServices;

namespace Apiax.Cli;

/// <summary>Ctrl+C or a termination signal: the tool cancels its work and ends. After a second signal, it ends at once.</summary>
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

    /// <summary>The exit code that shells expect after a signal.</summary>
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
