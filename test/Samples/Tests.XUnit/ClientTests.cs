using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Samples.XUnit;

/// <summary>A client against a sandbox in this process.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    private readonly ServiceCollection _services = new();
    private ApiaxSandbox _apiax = null!;

    public async ValueTask InitializeAsync()
    {
        _apiax = await ApiaxSandbox.StartAsync();
        _apiax.StubApi("/rules", """["a rule"]""");
        _services.AddHttpClient("rules", http => http.BaseAddress = _apiax.BaseAddress).AddApiaxAuth(_apiax.Configure);
    }

    public ValueTask DisposeAsync() => _apiax.DisposeAsync();

    [Fact]
    public async Task The_client_gets_its_answer()
    {
        await using var provider = _services.BuildServiceProvider();
        var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient("rules");

        Assert.Equal("""["a rule"]""", await http.GetStringAsync("/rules", TestContext.Current.CancellationToken));
        Assert.Equal(1, _apiax.Logins);
    }

    [Fact]
    public async Task A_misconfigured_client_fails_and_the_API_is_not_called()
    {
        _apiax.AnswerTokenRequests("""{"error":"unauthorized_client"}""", statusCode: 400);
        await using var provider = _services.BuildServiceProvider();
        var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient("rules");

        var failure = await Assert.ThrowsAsync<ApiaxAuthException>(() => http.GetStringAsync("/rules", TestContext.Current.CancellationToken));

        Assert.Equal(ApiaxAuthFailure.Misconfigured, failure.Reason);
        Assert.Equal(0, _apiax.ApiCalls);
    }
}
