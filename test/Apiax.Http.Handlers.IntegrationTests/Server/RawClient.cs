using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>A client without the library, for tests of the server itself.</summary>
internal sealed class RawClient(AuthorizationServer server) : IDisposable
{
    private readonly HttpClient _http = new(Trusting(server.Certificate));

    /// <summary>A client handler that trusts these certificates, and no other.</summary>
    public static SocketsHttpHandler Trusting(params X509Certificate2[] certificates)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(certificates);
        return new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } };
    }

    public Task<TokenAnswer> LoginAsync(string? password = null) => PostAsync(
        new("client_id", "integration-api"),
        new("grant_type", "password"),
        new("username", server.Username),
        new("password", password ?? server.Password));

    public Task<TokenAnswer> RefreshAsync(TokenAnswer last) => PostAsync(
        new("client_id", "integration-api"),
        new("grant_type", "refresh_token"),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("refresh_token", last.RefreshToken));

    public async Task<HttpStatusCode> CallApiAsync(TokenAnswer? token, Uri? api = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(api ?? server.ApiBaseAddress, "rules"));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token.AccessToken);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    public void Dispose() => _http.Dispose();

    private async Task<TokenAnswer> PostAsync(params KeyValuePair<string, string?>[] form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await _http.PostAsync(server.TokenEndpoint, content);
        return (await response.Content.ReadFromJsonAsync<TokenAnswer>())! with { Status = response.StatusCode };
    }
}

internal sealed record TokenAnswer(
    HttpStatusCode Status,
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn,
    [property: JsonPropertyName("error")] string? Error);
