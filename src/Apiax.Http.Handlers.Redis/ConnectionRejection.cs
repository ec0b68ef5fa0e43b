using System.Security.Authentication;
using System.Text;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Reads the client's log while it connects, to detect a rejected password or certificate: waiting does not help then. The text is not kept.</summary>
internal sealed class ConnectionRejection : TextWriter
{
    private readonly TaskCompletionSource<Exception> _detected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when the connection was rejected.</summary>
    public Task<Exception> Detected => _detected.Task;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        // The client writes whole lines.
    }

    public override void Write(string? value) => Inspect(value);

    public override void WriteLine(string? value) => Inspect(value);

    private void Inspect(string? value)
    {
        if (value is null)
            return;

        // The client calls a failed TLS handshake an authentication failure, too; but then it has not sent any command.
        if (value.Contains("WRONGPASS", StringComparison.Ordinal) || value.Contains("NOAUTH", StringComparison.Ordinal))
            _detected.TrySetResult(new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "WRONGPASS"));
        else if (value.Contains("AuthenticationFailure", StringComparison.Ordinal) && value.Contains("last: NONE", StringComparison.Ordinal))
            _detected.TrySetResult(new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "TLS", new AuthenticationException()));
    }
}
