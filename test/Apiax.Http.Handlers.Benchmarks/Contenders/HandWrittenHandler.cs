using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>A typical hand-written handler: a cached token, a semaphore, another token after nine tenths of its lifetime. No 401 handling, no host check, no refresh.</summary>
internal sealed partial class HandWrittenHandler(Uri tokenEndpoint, HttpMessageHandler tokenHandler) : DelegatingHandler
{
    private const double UsedOfLifetime = 0.9;

    private readonly HttpClient _tokens = new(tokenHandler);
    private readonly SemaphoreSlim _gate = new(1);
    private string? _token;
    private DateTimeOffset _expiresOn;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(cancellationToken));
        return await base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _tokens.Dispose();
        _gate.Dispose();
    }

    private async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        if (_token is { } token && TimeProvider.System.GetUtcNow() < _expiresOn)
            return token;

        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_token is null || TimeProvider.System.GetUtcNow() >= _expiresOn)
                await FetchAsync(cancellationToken);

            return _token!;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client_id"] = "integration-api",
            ["grant_type"] = "password",
            ["username"] = "anna",
            ["password"] = "secret",
        };
        using var content = new FormUrlEncodedContent(form);
        using var response = await _tokens.PostAsync(tokenEndpoint, content, cancellationToken);
        response.EnsureSuccessStatusCode();
        var answer = (await response.Content.ReadFromJsonAsync(AnswerContext.Default.Answer, cancellationToken))!;
        _token = answer.AccessToken;
        _expiresOn = TimeProvider.System.GetUtcNow() + (TimeSpan.FromSeconds(answer.ExpiresIn) * UsedOfLifetime);
    }

    private sealed record Answer(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);

    [JsonSerializable(typeof(Answer))]
    private sealed partial class AnswerContext : JsonSerializerContext;
}
