using System.Net.Sockets;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Does the server, or the proxy, take a connection?</summary>
internal static class ConnectionLink
{
    public static async Task<Finding> CheckAsync(Walk walk, CancellationToken cancellationToken)
    {
        var target = $"{(walk.Route.IsProxy ? "the proxy " : "")}{walk.Route.Host}, port {walk.Route.Port},";
        var failure = "";
        using var limit = new TimeLimit(walk.Options.AttemptTimeout, walk.Time, cancellationToken);
        foreach (var address in walk.Addresses)
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            var start = walk.Time.GetTimestamp();
            try
            {
                await socket.ConnectAsync(address, walk.Route.Port, limit.Token);
                var taken = (int)walk.Time.GetElapsedTime(start).TotalMilliseconds;
                return Finding.Holds($"{target} accepts connections ({address}, {taken} ms)").With("address", address.ToString()).With("milliseconds", taken);
            }
            catch (SocketException exception)
            {
                failure = exception.SocketErrorCode is SocketError.ConnectionRefused ? "refuses connections" : $"cannot be reached ({exception.SocketErrorCode})";
            }
            catch (OperationCanceledException) when (limit.IsOver)
            {
                failure = $"does not answer within {Words.Of(walk.Options.AttemptTimeout)}";
                break;
            }
        }

        return Finding.Broken(
            $"{target} {failure}",
            "Check the port in TokenEndpoint, and ask your network team whether a firewall is in between, or whether this machine needs a proxy (HTTPS_PROXY).");
    }
}
