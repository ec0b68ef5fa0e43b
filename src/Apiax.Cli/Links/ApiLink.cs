using System.Net;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Does the API accept the token? It is sent as by the library: only to the hosts of ApiHosts, even after a redirect.</summary>
internal static class ApiLink
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Url is not { } url)
            return Finding.NotChecked("no address of the API was given (apiax check URL)");

        var hosts = new ApiHosts(context.Options);
        if (!hosts.Allow(url))
        {
            var reason = hosts.ReasonNotAllowed(url);
            return Finding.Broken($"{url.Authority} {reason}; no request was sent", reason switch
            {
                ApiHosts.ReasonNotListed => $"If it is an API of Apiax, add {url.Authority} to {nameof(ApiaxAuthOptions.ApiHosts)}.",
                ApiHosts.ReasonTokenEndpoint => "Check an address of the API instead.",
                _ => $"Add {url.Host} to NO_PROXY, here and in the environment of the service.",
            });
        }

        if (context.Tokens is not { } tokens)
            return Finding.NotChecked("there is no token");

        using var limit = new TimeLimit(CallTimeout, context.Time, cancellationToken);
        var transport = new SocketsHttpHandler { Proxy = context.Tool.Proxy, UseProxy = context.Tool.Proxy is not null };
        using var client = new HttpClient(new BearerTokenHandler(new OneToken(tokens.AccessToken), context.Options) { InnerHandler = transport });
        client.Timeout = Timeout.InfiniteTimeSpan;
        try
        {
            using var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return Evaluate(url, response, hosts, context).With("status", (int)response.StatusCode);
        }
        catch (HttpRequestException failure)
        {
            return Finding.Broken($"{Addresses.Of(url)} did not answer: {Reason(failure)}", "Check the address, and ask your network team whether this machine may connect to it.");
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            return Finding.Broken($"{Addresses.Of(url)} does not answer within {DurationText.Of(CallTimeout)}", "Try again in a few minutes.");
        }
    }

    private static Finding Evaluate(Uri url, HttpResponseMessage response, ApiHosts hosts, CheckContext context)
    {
        var text = $"GET {Addresses.Of(url)} returned {(int)response.StatusCode}";
        if (response.RequestMessage?.RequestUri is { } from && !hosts.Allow(from))
            return Finding.Broken($"{text}, by {context.Untrusted.Of(from.Authority)}, the target of a redirect, which does not get the token", $"Check the address. If that is also an API of Apiax, add its host to {nameof(ApiaxAuthOptions.ApiHosts)}.");

        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when LacksPermission(response) => Finding.Broken($"{text}: the API accepts the token, but this user lacks a permission", "Ask Apiax for the permission, or check another address."),
            HttpStatusCode.Unauthorized => Finding.Broken($"{text}: the API does not accept the token", "Check that token endpoint and API belong to the same Apiax system (test or production)."),
            HttpStatusCode.Forbidden => Finding.Broken($"{text}: the API, or something in front of it, refuses the request, which does not show whether the token is accepted", "Ask Apiax whether this user lacks a permission, and your network team whether a proxy or a firewall answers instead of the API."),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => Finding.Broken($"{text}: there is nothing at this address", "Check the path."),
            HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.NetworkAuthenticationRequired => Finding.Broken($"{text}: the network in between requires its own sign-in", "Ask your network team how this machine can connect to the API."),
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => Finding.Broken($"{text}: the API is overloaded or down", "Try again in a few minutes."),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => Finding.Broken($"{text}: a redirect that is not followed", "Check the address: https and the final path."),
            HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.UnprocessableEntity =>
                Finding.Ok($"{text}: the token is accepted, the API expects another kind of request here"),
            >= HttpStatusCode.BadRequest => Finding.Broken($"{text}, which does not show whether the token is accepted", "Try another address. If all return this, a proxy or a firewall may answer instead of the API: ask your network team."),
            _ => Finding.Ok($"{text}: the token is accepted"),
        };
    }

    // A 403 of a proxy or a firewall is a page or a text.
    private static bool LacksPermission(HttpResponseMessage response) => BearerChallenges.HasInsufficientScope(response.Headers)
        || (response.StatusCode is HttpStatusCode.Forbidden && response.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true);

    private static string Reason(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the host name cannot be resolved",
        HttpRequestError.ConnectionError => "the host accepts no connections",
        HttpRequestError.SecureConnectionError => "the TLS connection failed",
        HttpRequestError.ProxyTunnelError => "the proxy does not allow the connection",
        _ => "the connection ended early",
    };

    /// <summary>Returns the token of the sign-in and no other: the check is whether the API accepts this one.</summary>
    private sealed class OneToken(ApiaxAccessToken token) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(token);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => ValueTask.FromResult<ApiaxAccessToken?>(null);
    }
}
