using System.Diagnostics;

namespace Apiax.Http.Handlers.Demo;

/// <summary>One of the processes, from the demo's side.</summary>
internal sealed class ReplicaProcess : IDisposable
{
    public const string RequestsToken = "requests a token from Apiax";
    public const string Counts = "counts ";

    private readonly Process _process;
    private readonly Task _listening;
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _tokenRequest = new();

    public ReplicaProcess(int number, IReadOnlyDictionary<string, string> settings, Action<string> print)
    {
        Name = $"replica {number}";
        var start = new ProcessStartInfo("dotnet", [typeof(ReplicaProcess).Assembly.Location, "replica"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;

        _process = Process.Start(start)!;
        _listening = Task.Run(() => ListenAsync(print));
    }

    public string Name { get; }

    public int Calls { get; private set; }

    public int Failed { get; private set; }

    public bool IsAlive => !_process.HasExited;

    /// <summary>Completes with its first output.</summary>
    public Task Started => _first.Task;

    /// <summary>Completes with the next token request that it sends.</summary>
    public async Task<ReplicaProcess> NextTokenRequestAsync()
    {
        await Volatile.Read(ref _tokenRequest).Task;
        return this;
    }

    public void ForgetTokenRequests() => Volatile.Write(ref _tokenRequest, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Lets it end and print its counts.</summary>
    public async Task EndAsync()
    {
        if (IsAlive)
            _process.StandardInput.Close();

        await _listening.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose()
    {
        if (IsAlive)
            Kill();

        _process.Dispose();
    }

    private async Task ListenAsync(Action<string> print)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _first.TrySetResult();
            if (line == RequestsToken)
                Volatile.Read(ref _tokenRequest).TrySetResult();

            if (line.StartsWith(Counts, StringComparison.Ordinal) && line.Split(' ') is [_, var calls, var failed])
                (Calls, Failed) = (int.Parse(calls, System.Globalization.CultureInfo.InvariantCulture), int.Parse(failed, System.Globalization.CultureInfo.InvariantCulture));
            else
                print($"{Name} {line}");
        }

        _first.TrySetResult();
    }
}
