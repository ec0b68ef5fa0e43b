using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>A plain HTTP client for a sandbox, without the library.</summary>
internal sealed class SandboxClient(ApiaxSandbox apiax) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = apiax.BaseAddress };

    public Task<TokenReply> SignInAsync(string? password = null, string? username = null, CancellationToken cancellationToken = default) =>
        PostFormAsync(
            [
                ("client_id", "integration-api"), ("grant_type", "password"),
                ("username", username ?? apiax.Username), ("password", password ?? apiax.Password),
            ],
            cancellationToken: cancellationToken);

    public Task<TokenReply> RefreshAsync(TokenReply reply) =>
        PostAsync(("client_id", "integration-api"), ("grant_type", "refresh_token"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("refresh_token", reply.RefreshToken));

    public Task<TokenReply> PostAsync(params (string Name, string Value)[] form) => PostFormAsync(form);

    public Task<TokenReply> RevokeAsync(params (string Name, string Value)[] form) => PostFormAsync(form, "revoke");

    public Task<TokenReply> LogoutAsync(params (string Name, string Value)[] form) => PostFormAsync(form, "logout");

    public async Task<TokenReply> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(request, cancellationToken);
        var isJson = response.Content.Headers is { ContentType.MediaType: "application/json", ContentEncoding.Count: 0 };
        var json = isJson ? await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken) : default;
        return new TokenReply((int)response.StatusCode, json, response);
    }

    /// <summary>Calls the API; returns the status of the answer.</summary>
    public async Task<int> CallAsync(string? accessToken, string path = "/rules")
    {
        using var response = await GetAsync(accessToken, path);
        return (int)response.StatusCode;
    }

    public async Task<HttpResponseMessage> GetAsync(string? accessToken, string path = "/rules")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accessToken is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        return await _http.SendAsync(request);
    }

    public void Dispose() => _http.Dispose();

    private async Task<TokenReply> PostFormAsync((string Name, string Value)[] form, string endpoint = "token", CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(apiax.TokenEndpoint, endpoint));
        request.Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await SendAsync(request, cancellationToken);
    }
}

internal sealed class TokenReply(int status, JsonElement json, HttpResponseMessage response)
{
    public int Status { get; } = status;

    public JsonElement Json { get; } = json;

    public HttpResponseHeaders Headers { get; } = response.Headers;

    public string? MediaType { get; } = response.Content.Headers.ContentType?.MediaType;

    public string ContentEncoding { get; } = string.Join(',', response.Content.Headers.ContentEncoding);

    public string AccessToken => Text("access_token")!;

    public string RefreshToken => Text("refresh_token")!;

    public string? Error => Text("error");

    public string? Description => Text("error_description");

    private string? Text(string name) => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
