using System.Net;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What the handler allocates, compared with handlers that do less: the same in every build, on every machine.</summary>
internal sealed class BearerTokenHandlerAllocationTests
{
    private const int Requests = 200;
    private const int Rounds = 40;

    // 448 B instead of 432 B. Code that is not optimized has one more field, for a local variable.
#if DEBUG
    private const int TwoFields = 16 + 8;
#else
    private const int TwoFields = 16;
#endif

    private static readonly Uri Rules = new("https://api.apiax.io/rules");
    private static readonly ApiaxAccessToken Token = new(new string('x', 1200), DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);

    [Test]
    public async Task An_answer_at_once_costs_no_byte_more_than_a_raw_header() =>
        Assert.That(await OursAsync(later: false), Is.EqualTo(await BytesAsync(new RawHeader(), later: false)));

    [Test]
    public async Task An_answer_that_is_waited_for_costs_two_fields_more_than_a_raw_header_and_a_look_at_the_status()
    {
        // Stryker's build of the library allocates more: every mutant would count as detected here.
        if (typeof(BearerTokenHandler).Assembly.GetTypes().Any(type => type.Name is "MutantControl"))
            Assert.Ignore("This library contains mutants.");

        Assert.That(await OursAsync(later: true), Is.EqualTo(await BytesAsync(new RawHeaderAndLook(), later: true) + TwoFields));
    }

    [Test]
    public async Task A_synchronous_send_costs_one_task_more_than_a_raw_header()
    {
        await using var account = new Account();
        await account.GetAsync();

        Assert.That(
            await BytesAsync(new BearerTokenHandler(account.Tokens, new ApiaxAuthOptions()), later: false, isSynchronous: true),
            Is.EqualTo(await BytesAsync(new RawHeader(), later: false, isSynchronous: true)));
    }

    private static Task<long> OursAsync(bool later) => BytesAsync(new BearerTokenHandler(new OneToken(), new ApiaxAuthOptions()), later);

    // On a thread of the pool: a test's thread has a context, so that code would continue elsewhere after a wait.
    private static Task<long> BytesAsync(DelegatingHandler handler, bool later, bool isSynchronous = false) => Task.Run(() => Bytes(handler, later, isSynchronous));

    /// <summary>The bytes for one request: the minimum of many rounds, since the JIT and the garbage collector only add to it.</summary>
    private static long Bytes(DelegatingHandler handler, bool later, bool isSynchronous)
    {
        using var inner = new Inner(later);
        handler.InnerHandler = inner;
        using var client = new HttpMessageInvoker(handler);
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Requests; i++)
            {
                if (isSynchronous)
                {
                    client.Send(new HttpRequestMessage(HttpMethod.Get, Rules), CancellationToken.None);
                    continue;
                }

                var sending = client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Rules), CancellationToken.None);
                inner.Complete();
                if (!sending.IsCompletedSuccessfully)
                    throw new InvalidOperationException("It went on elsewhere, where nobody counts.");
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / Requests;
    }

    private sealed class OneToken : IApiaxAccessTokenProvider
    {
        public ValueTask<ApiaxAccessToken> GetTokenAsync(CancellationToken cancellationToken = default) => new(Token);

        public ValueTask<ApiaxAccessToken?> ReplaceTokenAsync(ApiaxAccessToken rejected, CancellationToken cancellationToken = default) => default;
    }

    private sealed class Inner(bool later) : HttpMessageHandler
    {
        private readonly HttpResponseMessage _response = new(HttpStatusCode.OK);
        private TaskCompletionSource<HttpResponseMessage>? _waiting;
        private Task<HttpResponseMessage>? _answered;

        public void Complete()
        {
            var waiting = _waiting;
            _waiting = null;
            waiting?.SetResult(_response);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => _response;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            later ? (_waiting = new TaskCompletionSource<HttpResponseMessage>()).Task : _answered ??= Task.FromResult(_response);
    }

    private sealed class RawHeader : DelegatingHandler
    {
        private readonly string _text = "Bearer " + Token.Value;

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _text);
            return Blocking.Wait(Task.FromResult(base.Send(request, cancellationToken)));
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _text);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class RawHeaderAndLook : DelegatingHandler
    {
        private readonly string _text = "Bearer " + Token.Value;

        public int Unauthorized { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _text);
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized)
                Unauthorized++;

            return response;
        }
    }
}
