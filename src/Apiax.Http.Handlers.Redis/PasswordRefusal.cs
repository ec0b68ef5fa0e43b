using System.Text;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Listens to what the client says while it connects, for the one thing that no patience helps against. Nothing of it is kept.</summary>
internal sealed class PasswordRefusal : TextWriter
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the password was refused.</summary>
    public Task Seen => _seen.Task;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        // It comes in lines.
    }

    public override void Write(string? value) => Look(value);

    public override void WriteLine(string? value) => Look(value);

    private void Look(string? value)
    {
        if (value is not null && (value.Contains("WRONGPASS", StringComparison.Ordinal) || value.Contains("AuthenticationFailure", StringComparison.Ordinal)))
            _seen.TrySetResult();
    }
}
