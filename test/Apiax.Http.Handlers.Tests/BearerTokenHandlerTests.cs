using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A handler that is created without a container.</summary>
[TestFixture]
internal sealed class BearerTokenHandlerTests
{
    [Test]
    public void It_needs_tokens_and_settings() => Assert.Multiple(() =>
    {
        Assert.That(() => Make(null!, new ApiaxAuthOptions()), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("tokens"));
        Assert.That(() => Make(new TokensStub(), null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("options"));
    });

    [Test]
    public void A_wrong_setting_is_named() =>
        Assert.That(() => Make(new TokensStub(), new ApiaxAuthOptions { ApiHosts = { "https://api.apiax.io" } }), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("ApiHosts[0]"));

    [Test]
    public async Task A_caller_that_waits_for_a_token_is_not_blocked()
    {
        var token = new TaskCompletionSource<ApiaxAccessToken>();
        using var client = new HttpMessageInvoker(new BearerTokenHandler(new LateToken(token.Task), new ApiaxAuthOptions()) { InnerHandler = new ApiStub() });
        Task<HttpResponseMessage>? sending = null;

        await Task.Run(() => { sending = client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules"), CancellationToken.None); }).Soon();

        token.SetResult(new ApiaxAccessToken("token", DateTimeOffset.MaxValue, DateTimeOffset.MaxValue));
        Assert.That((await sending!.Soon()).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>Such a result cannot be read before it is there.</summary>
    [Test]
    public async Task A_blocked_caller_gets_a_pooled_result()
    {
        var channel = Channel.CreateUnbounded<int>();
        var waiting = Task.Run(() => Blocking.Wait(channel.Reader.ReadAsync()));
        await Waiting.SettleAsync();

        channel.Writer.TryWrite(7);

        Assert.That(await waiting.Soon(), Is.EqualTo(7));
    }

    /// <summary>The thread of a user interface, for example: code that continues in its context would wait for the caller, which waits for that code.</summary>
    [Test]
    public async Task Code_that_continues_in_the_context_of_a_blocked_caller_does_not_block_it_for_ever([Values] bool isScheduler, [Values("token", "replacement", "body")] string what)
    {
        using var api = new ApiStub { RejectsAll = what is not "token" };
        api.Answer = (_, _) => what is "body" ? ApiStub.Unauthorized(content: new StreamContent(new YieldingStream())) : null;
        using var invoker = new HttpMessageInvoker(new BearerTokenHandler(new YieldingTokens(what), new ApiaxAuthOptions()) { InnerHandler = api });
        var call = isScheduler
            ? Task.Factory.StartNew(Call, CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler)
            : Task.Run(() =>
            {
                SynchronizationContext.SetSynchronizationContext(new StuckContext());
                Call();
            });
        await call.Soon();

        void Call()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
            using var response = invoker.Send(request, CancellationToken.None);
            using var body = response.Content.ReadAsStream();
            body.CopyTo(Stream.Null);
        }
    }

    /// <summary>The library's provider of one client may serve another one, and itself get its tokens from the application.</summary>
    [Test]
    public async Task A_provider_of_the_application_behind_the_librarys_does_not_need_the_context_of_a_blocked_caller_either()
    {
        await using var app = new App(services =>
        {
            services.AddHttpClient("rules").AddApiaxAuth(App.Anna);
            services.AddHttpClient("orders").AddApiaxAuth(App.Ben);
            services.AddSingleton<IApiaxAccessTokenProvider>(new YieldingTokens("token"));
            services.AddKeyedSingleton("orders", (provider, _) => provider.GetRequiredKeyedService<IApiaxAccessTokenProvider>("rules"));
        });
        using var client = app.Client("orders");

        await Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new StuckContext());
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
            client.Send(request).Dispose();
        }).Soon();

        Assert.That(app.Api.Tokens, Is.EqualTo(["token"]));
    }

    /// <summary>Its flights run on the pool. A caller that has a valid token must not wait for a thread there.</summary>
    [Test]
    public async Task For_an_account_of_the_library_a_blocked_caller_needs_no_other_thread()
    {
        var tokens = new ThreadTokens();
        var (caller, used) = await Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new StuckContext());
            return ($"{Environment.CurrentManagedThreadId}", Blocking.Wait(Blocking.StartToGet(tokens, new Uri("https://api.apiax.io/rules"), CancellationToken.None)).Value);
        }).Soon();

        Assert.That(used, Is.EqualTo(caller));
    }

    private static void Make(IApiaxAccessTokenProvider tokens, ApiaxAuthOptions options) => new BearerTokenHandler(tokens, options).Dispose();

    /// <summary>As an account of the library, but its token names the thread that it was taken on.</summary>
    private sealed class ThreadTokens : IHostTokens
    {
        public string Account => "anna";

        public bool IsWatched => false;

        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(new ApiaxAccessToken($"{Environment.CurrentManagedThreadId}", DateTimeOffset.MaxValue));

        public ValueTask<ApiaxAccessToken> GetTokenAsync(Uri api, CancellationToken cancellationToken) => GetTokenAsync(cancellationToken);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, Uri api, CancellationToken cancellationToken) => default;

        public int Reject(ApiaxAccessToken token, Uri api) => 0;

        public void Accept(ApiaxAccessToken token, Uri api)
        {
        }
    }

    /// <summary>Continues in the context of its caller, as code without ConfigureAwait does.</summary>
    private sealed class YieldingTokens(string what) : IApiaxAccessTokenProvider
    {
        public async ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default)
        {
            if (what is "token")
                await Task.Yield();
            return new ApiaxAccessToken("token", DateTimeOffset.MaxValue);
        }

        public async ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return null;
        }
    }

    private sealed class YieldingStream() : MemoryStream(new byte[10])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }

    private sealed class StuckContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    private sealed class LateToken(Task<ApiaxAccessToken> token) : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(token);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;
    }
}
