using System.Net.Sockets;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Does the server, or the proxy, accept a connection?</summary>
internal static class ConnectionLink
{
    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var target = $"{(context.Route.IsProxy ? "the proxy " : "")}{context.Route.Host}, port {context.Route.Port},";
        var failure = "";
        using var limit = new TimeLimit(context.Options.AttemptTimeout, context.Time, cancellationToken);
        foreach (var address in context.Addresses)
        {
            var start = context.Time.GetTimestamp();
            try
            {
                // Fails on a machine without IPv6.
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(address, context.Route.Port, limit.Token);
                var taken = (int)context.Time.GetElapsedTime(start).TotalMilliseconds;
                return Finding.Ok($"{target} accepts connections ({address}, {taken} ms)").With("address", address.ToString()).With("milliseconds", taken);
            }
            catch (SocketException exception)
            {
                failure = exception.SocketErrorCode is SocketError.ConnectionRefused ? "refuses connections" : $"cannot be reached ({exception.SocketErrorCode})";
            }
            catch (OperationCanceledException) when (limit.IsOver)
            {
                failure = $"does not answer within {DurationText.Of(context.Options.AttemptTimeout)}";
                break;
            }
        }

        return Finding.Broken(
            $"{target} {failure}",
            "Check the port in TokenEndpoint, and ask your network team whether a firewall is in between, or whether this machine needs a proxy (HTTPS_PROXY).");
    }
}
