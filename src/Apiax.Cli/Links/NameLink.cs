using System.Net;
using System.Net.Sockets;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Can the server's name, or the proxy's, be resolved?</summary>
internal static class NameLink
{
    private const int MaxShown = 4;

    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var host = context.Route.Host;
        var proxyNote = context.Route.IsProxy ? $" (the proxy, which looks up {context.Untrusted.Of(context.Options.TokenEndpoint.IdnHost)} itself)" : "";
        if (IPAddress.TryParse(host, out var address))
        {
            context.Addresses = [address];
            return Finding.Ok($"{host} is an IP address; no lookup is needed{proxyNote}");
        }

        using var limit = new TimeLimit(context.Options.AttemptTimeout, context.Time, cancellationToken);
        try
        {
            context.Addresses = await context.Tool.LookUp(host, limit.Token).WaitAsync(limit.Token);
            return context.Addresses.Count > 0 ? Finding.Ok($"{host} resolves to {Shown(context.Addresses)}{proxyNote}") : Unknown(host, proxyNote);
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return Unknown(host, proxyNote);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Longer than 255 characters.
            return Unknown(host, proxyNote);
        }
        catch (SocketException failure)
        {
            return Unanswered(host, proxyNote, failure.SocketErrorCode.ToString());
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return Unanswered(host, proxyNote, $"no answer within {DurationText.Of(context.Options.AttemptTimeout)}");
        }
    }

    private static string Shown(IReadOnlyList<IPAddress> addresses) =>
        string.Join(", ", addresses.Take(MaxShown)) + (addresses.Count > MaxShown ? $" and {addresses.Count - MaxShown} more" : "");

    private static Finding Unknown(string host, string proxyNote) => Finding.Broken(
        $"{host} cannot be resolved{proxyNote}",
        "Check TokenEndpoint and the proxy's name for a typing error, and ask your network team whether this machine can look up external names.");

    private static Finding Unanswered(string host, string proxyNote, string why) => Finding.Broken(
        $"{host} could not be resolved{proxyNote}: {why}",
        "Ask your network team which name server this machine must use.");
}
