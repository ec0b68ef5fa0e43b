using System.Net;
using System.Net.Http.Json;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A body is sent twice only if its type says that it can be.</summary>
[TestFixture(Sending.Async)]
[TestFixture(Sending.AsyncAnsweredLater)]
[TestFixture(Sending.Sync)]
internal sealed class BearerTokenHandlerReplayTests(Sending sending)
{
    private static readonly byte[] Body = "the body"u8.ToArray();

    private static IEnumerable<TestCaseData<Func<HttpContent>>> Replayable =>
    [
        new(() => new ByteArrayContent(Body)) { TestName = "{m}(bytes)" },
        new(() => new StringContent("the body")) { TestName = "{m}(text)" },
        new(() => new FormUrlEncodedContent([KeyValuePair.Create("the", "body")])) { TestName = "{m}(form)" },
        new(() => new ReadOnlyMemoryContent(Body)) { TestName = "{m}(memory)" },
        new(() => JsonContent.Create(new { The = "body" })) { TestName = "{m}(JSON)" },
        new(() => new StreamContent(new MemoryStream(Body))) { TestName = "{m}(seekable stream)" },
        new(() => new StreamContent(new MemoryStream(Body) { Position = 4 })) { TestName = "{m}(seekable stream from its middle)" },
        new(() => new MultipartContent("mixed", "line") { new StringContent("the body"), new StreamContent(new MemoryStream(Body)) }) { TestName = "{m}(parts)" },
        new(() => new MultipartFormDataContent("line") { new MultipartContent("mixed", "inner") { new ByteArrayContent(Body) } }) { TestName = "{m}(parts of parts)" },
    ];

    private static IEnumerable<TestCaseData<Func<HttpContent>>> NotReplayable =>
    [
        new(() => new StreamContent(new OneWayStream(Body))) { TestName = "{m}(one-way stream)" },
        new(() => new OwnContent(new MemoryStream(Body))) { TestName = "{m}(custom content)" },
        new(() => new MultipartContent("mixed") { new StringContent("the body"), new StreamContent(new OneWayStream(Body)) }) { TestName = "{m}(a one-way part)" },
        new(() => new MultipartContent("mixed") { new MultipartContent("mixed") { new OwnContent(new MemoryStream(Body)) } }) { TestName = "{m}(a custom part of a part)" },
    ];

    [TestCaseSource(nameof(Replayable))]
    public async Task A_body_that_can_be_replayed_arrives_whole_a_second_time(Func<HttpContent> content)
    {
        using var client = new BearerClient(sending);
        client.Api.Rejected.Add("token-1");

        using var response = await client.PostAsync(content());

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(client.Api.Calls, Has.Count.EqualTo(2));
        Assert.That(client.Api.Calls[1].Body, Is.Not.Empty.And.EqualTo(client.Api.Calls[0].Body));
    }

    [TestCaseSource(nameof(NotReplayable))]
    public async Task Any_other_body_is_sent_once_and_its_401_is_the_callers(Func<HttpContent> content)
    {
        using var client = new BearerClient(sending);
        client.Api.Rejected.Add("token-1");

        using var response = await client.PostAsync(content());

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
        Assert.That(client.Api.Calls.Single().Body, Does.Contain("the body"));
    }

    [Test]
    public async Task The_caller_with_such_a_body_does_not_wait_and_the_next_call_gets_the_replacement()
    {
        using var client = new BearerClient(sending);
        var hold = client.Tokens.Hold = new Gate();
        client.Api.Rejected.Add("token-1");

        using var response = await client.PostAsync(new OwnContent(new MemoryStream(Body)));
        await hold.Arrived;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));

        client.Tokens.Hold = null;
        hold.Open();
        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_replacement_that_fails_behind_the_callers_back_is_logged()
    {
        using var client = new BearerClient(sending);
        client.Tokens.ReplacementFailure = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down");
        client.Api.RejectsAll = true;

        using var response = await client.PostAsync(new OwnContent(new MemoryStream(Body)));

        await client.Logs.WaitForAsync("NotReplaced");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private sealed class OwnContent(Stream body) : HttpContent
    {
        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) => body.CopyTo(stream);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => body.CopyToAsync(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
