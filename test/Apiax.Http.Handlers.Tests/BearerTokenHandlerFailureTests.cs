using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Whatever an inner handler does, the header is removed, and a failure is in the task.</summary>
[TestFixture]
internal sealed class BearerTokenHandlerFailureTests
{
    private static readonly Uri Rules = new("https://api.apiax.io/rules");

    [Test]
    public async Task If_an_inner_handler_returns_null_the_error_names_it_and_the_header_is_removed([Values("no task", "nothing", "nothing later")] string answer)
    {
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new TokensStub(), new ApiaxAuthOptions())
        {
            InnerHandler = new Answering((_, _) => answer switch
        {
            "no task" => NoTask!,
            "nothing" => Task.FromResult<HttpResponseMessage>(null!),
            _ => LaterAsync(),
        })
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, Rules);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => client.SendAsync(request, CancellationToken.None));

        Assert.That(failure!.Message, Does.Contain(nameof(Answering)).And.Contain("null"));
        Assert.That(request.Headers.Authorization, Is.Null);
    }

    [Test]
    public async Task A_provider_that_returns_no_token_is_named()
    {
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new NoToken(), new ApiaxAuthOptions()) { InnerHandler = new Answering((_, _) => throw new InvalidOperationException("it was called")) });
        using var request = new HttpRequestMessage(HttpMethod.Get, Rules);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => client.SendAsync(request, CancellationToken.None));

        Assert.That(failure!.Message, Does.StartWith($"{nameof(IApiaxAccessTokenProvider)} returned null"));
    }

    [Test]
    public async Task The_caller_need_not_wait_for_a_provider_that_ignores_cancellation()
    {
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new Endless(), new ApiaxAuthOptions()) { InnerHandler = new Answering((_, _) => throw new InvalidOperationException("it was called")) });
        using var request = new HttpRequestMessage(HttpMethod.Get, Rules);
        using var cancellation = new CancellationTokenSource();

        var call = client.SendAsync(request, cancellation.Token);
        await cancellation.CancelAsync();

        await Waiting.FailureOf<OperationCanceledException>(call);
    }

    [Test]
    public async Task A_failure_is_in_the_task([Values("settings", "tokens", "inner handler")] string where, [Values] bool isListed)
    {
        var failure = new InvalidOperationException(where);
        var tokens = new Throwing(where is "tokens" ? failure : null);
        var settings = new HandlerSettings(tokens, new ApiaxAuthOptions());
        using var handler = new BearerTokenHandler(
            () => where is "settings" ? throw failure : settings, new LoggedHosts(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, () => TokenMetrics.Shared)
        {
            InnerHandler = new Answering((_, _) => throw failure),
        };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, isListed ? Rules : new Uri("https://elsewhere.example/"));

        var call = client.SendAsync(request, CancellationToken.None);

        Assert.That(await Assert.ThrowsAsync<InvalidOperationException>(() => call), Is.SameAs(failure));
        Assert.That(request.Headers.Authorization, Is.Null);
    }

    [Test]
    public async Task The_token_is_removed_from_a_header_with_other_values()
    {
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new TokensStub(), new ApiaxAuthOptions())
        {
            InnerHandler = new Answering((sent, _) =>
        {
            sent.Headers.TryAddWithoutValidation("Authorization", "Basic own");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        })
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, Rules);

        using var response = await client.SendAsync(request, CancellationToken.None);

        Assert.That(request.Headers.NonValidated["Authorization"], Is.EqualTo(["Basic own"]));
    }

    [Test]
    public void A_cancellation_cancels_the_task()
    {
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new TokensStub(), new ApiaxAuthOptions()) { InnerHandler = new Answering((_, _) => throw new OperationCanceledException()) });
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://elsewhere.example/");

        var call = client.SendAsync(request, CancellationToken.None);

        Assert.That(call.IsCanceled);
    }

#pragma warning disable VSTHRD114 // Some mocks do this.
    private static Task<HttpResponseMessage>? NoTask => null;
#pragma warning restore VSTHRD114

    private static async Task<HttpResponseMessage> LaterAsync()
    {
        await Task.Yield();
        return null!;
    }

    private sealed class Answering(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request, cancellationToken);
    }

    /// <summary>A mock without any setup.</summary>
    private sealed class NoToken : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;
    }

    private sealed class Endless : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new TaskCompletionSource<ApiaxAccessToken>().Task);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;
    }

    private sealed class Throwing(Exception? failure) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) =>
            failure is null ? new(new ApiaxAccessToken("token-1", DateTimeOffset.MaxValue)) : throw failure;

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => new(rejected);
    }
}
