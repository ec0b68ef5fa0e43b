using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>How a request is sent: the promises apply to every way.</summary>
public enum Sending
{
    /// <summary>The answer is available at once, as from a cache.</summary>
    Async,

    /// <summary>The answer comes later, as from every server.</summary>
    AsyncAnsweredLater,

    Sync,
}

/// <summary>A client with the handler, with tokens and an API that the test controls.</summary>
internal sealed class BearerClient : IDisposable
{
    private readonly Sending _sending;
    private readonly HttpClient _http;
    private HandlerSettings? _settings;

    public BearerClient(Sending sending, Action<ApiaxAuthOptions>? configure = null, HttpMessageHandler? primary = null, IApiaxAccessTokenProvider? tokens = null)
    {
        var options = new ApiaxAuthOptions();
        configure?.Invoke(options);
        _sending = sending;
        Api.AnswersLater = sending is Sending.AsyncAnsweredLater;
        _http = new HttpClient(new BearerTokenHandler(tokens ?? Tokens, options, Logs) { InnerHandler = primary ?? Api });
    }

    /// <param name="sending">How it sends.</param>
    /// <param name="hosts">The hosts that may have the token, until they change.</param>
    public BearerClient(Sending sending, params string[] hosts)
    {
        _sending = sending;
        Api.AnswersLater = sending is Sending.AsyncAnsweredLater;
        ChangeHosts(hosts);
        _http = new HttpClient(new BearerTokenHandler(() => _settings!, new LoggedHosts(), Logs.CreateLogger("client"), () => TokenMetrics.Shared) { InnerHandler = Api });
    }

    public TokensStub Tokens { get; } = new();

    public ApiStub Api { get; } = new();

    public LogBook Logs { get; } = new();

    public void ChangeHosts(params string[] hosts)
    {
        var options = new ApiaxAuthOptions();
        options.ApiHosts.Clear();
        foreach (var host in hosts)
            options.ApiHosts.Add(host);

        _settings = new HandlerSettings(Tokens, options);
    }

    public Task<HttpResponseMessage> GetAsync(string url = "https://api.apiax.io/rules") => SendAsync(new HttpRequestMessage(HttpMethod.Get, url));

    public Task<HttpResponseMessage> PostAsync(HttpContent content, string url = "https://api.apiax.io/rules") =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, url) { Content = content });

    public async Task<HttpStatusCode> StatusOf(string url = "https://api.apiax.io/rules")
    {
        using var response = await GetAsync(url);
        return response.StatusCode;
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default) => (_sending is Sending.Sync
        ? Task.Run(() => _http.Send(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken), CancellationToken.None)
        : _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)).Soon();

    public void Dispose()
    {
        _http.Dispose();
        Api.Dispose();
        Logs.Dispose();
    }
}
