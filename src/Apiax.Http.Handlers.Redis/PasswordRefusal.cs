using System.Text;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Reads the client's log while it connects, to detect a refused password: waiting does not help then. The text is not kept.</summary>
internal sealed class PasswordRefusal : TextWriter
{
    private readonly TaskCompletionSource _detected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the password was refused.</summary>
    public Task Detected => _detected.Task;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        // The client writes whole lines.
    }

    public override void Write(string? value) => Inspect(value);

    public override void WriteLine(string? value) => Inspect(value);

    private void Inspect(string? value)
    {
        if (value is not null && (value.Contains("WRONGPASS", StringComparison.Ordinal) || value.Contains("AuthenticationFailure", StringComparison.Ordinal)))
            _detected.TrySetResult();
    }
}
