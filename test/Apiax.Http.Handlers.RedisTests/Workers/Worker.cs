using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Apiax.Http.Handlers.RedisWorker;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>A process that acts as a replica on command.</summary>
internal sealed class Worker : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private TaskCompletionSource _tokenRequest = new();
    private int _tokenRequests;

    public Worker()
    {
        // The build copies it next to these tests; it runs on the same runtime.
        var program = typeof(Worker).Assembly.Location.Replace("Apiax.Http.Handlers.RedisTests", "Apiax.Http.Handlers.RedisWorker", StringComparison.Ordinal);
        _process = Process.Start(new ProcessStartInfo("dotnet", [program]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        _ = Task.Run(ListenAsync);
    }

    public bool HasExited => _process.HasExited;

    /// <summary>The number of token requests since it was started, with any outcome.</summary>
    public int TokenRequests => Volatile.Read(ref _tokenRequests);

    /// <summary>Completes when it sends one.</summary>
    public Task TokenRequest => _tokenRequest.Task;

    public Task StartAsync(Order order)
    {
        ExpectTokenRequest();
        return SayAsync("start " + JsonSerializer.Serialize(order), "started");
    }

    public Task CallAsync() => SayAsync("call", "calling");

    public async Task<Report> StopAsync() => JsonSerializer.Deserialize<Report>((await SayAsync("stop", "report"))["report".Length..])!;

    /// <summary>Token requests that were sent so far do not count.</summary>
    public void ExpectTokenRequest()
    {
        _tokenRequest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _tokenRequests = 0;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGSTOP: the process exists, but does nothing.</summary>
    public void Freeze() => Signal("-STOP");

    public void Thaw() => Signal("-CONT");

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();

        _process.Dispose();
    }

    private async Task<string> SayAsync(string line, string answer)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        var said = await _answers.Reader.ReadAsync().AsTask().WaitAsync(MaxWait);
        return said.StartsWith(answer, StringComparison.Ordinal) ? said : throw new InvalidOperationException($"The worker said '{said}' and not '{answer}'.");
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line != "token-request")
            {
                _answers.Writer.TryWrite(line);
                continue;
            }

            Interlocked.Increment(ref _tokenRequests);
            _tokenRequest.TrySetResult();
        }

        _answers.Writer.TryComplete();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.That(kill.ExitCode, Is.Zero, signal);
    }
}
