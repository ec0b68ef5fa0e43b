namespace Apiax.Http.Handlers.Fuzz;

/// <summary>Ends the process if an input hangs, and reports that input.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);

    private readonly Timer _timer;
    private volatile byte[] _input = [];
    private byte[]? _before;

    public Watchdog() => _timer = new Timer(_ => Look(), state: null, MaxWait, MaxWait);

    public void Begin(byte[] input) => _input = input;

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var input = _input;
        if (ReferenceEquals(input, _before))
        {
            CoverageSearch.Report(input, "It does not come to an end.");
            Environment.Exit(1);
        }

        _before = input;
    }
}
