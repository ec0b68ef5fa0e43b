using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A body is sent again exactly as it was sent, or not at all.</summary>
[TestFixture(Sending.Async)]
[TestFixture(Sending.AsyncAnsweredLater)]
[TestFixture(Sending.Sync)]
internal sealed class BearerTokenHandlerReplayTests(Sending sending)
{
    private const int Limit = 64;

    private static readonly byte[] Body = "the body"u8.ToArray();

    private static IEnumerable<TestCaseData<Func<HttpContent>>> Json =>
    [
        new(() => JsonContent.Create(new { Rows = Bodies.Once(1, 2, 3) })) { TestName = "{m}(JSON with rows of a reader)" },
        new(() => JsonContent.Create(Bodies.Once(1, 2, 3))) { TestName = "{m}(JSON of rows of a reader)" },
        new(() => JsonContent.Create(new { Rows = Consuming() })) { TestName = "{m}(JSON that consumes a collection)" },
        new(() => JsonContent.Create(JsonNode.Parse("""{"the":["body"]}"""))) { TestName = "{m}(JsonObject)" },
        new(() => JsonContent.Create(new JsonArray(1, 2))) { TestName = "{m}(JsonArray)" },
        new(() => JsonContent.Create(new HashSet<int> { 1, 2 })) { TestName = "{m}(JSON of a set)" },
        new(() => JsonContent.Create(new { The = new Dictionary<string, object>(StringComparer.Ordinal) { ["body"] = new[] { 1 } } })) { TestName = "{m}(JSON of a graph)" },
    ];

    // .NET refuses to write it synchronously.
    private static IEnumerable<TestCaseData<Func<HttpContent>>> Asynchronous =>
    [
        new(() => JsonContent.Create(Bodies.OnceAsync(1, 2, 3))) { TestName = "{m}(of an asynchronous sequence)" },
        new(() => JsonContent.Create(new { Rows = Bodies.OnceAsync(1, 2, 3) })) { TestName = "{m}(with an asynchronous sequence)" },
    ];

    private static IEnumerable<TestCaseData<Func<HttpContent>>> Replayable =>
    [
        .. InMemory,
        new(() => new StreamContent(new MemoryStream(Body))) { TestName = "{m}(seekable stream)" },
        new(() => new StreamContent(new MemoryStream(Body) { Position = 4 })) { TestName = "{m}(seekable stream from its middle)" },
        new(Moved) { TestName = "{m}(seekable stream that was moved since)" },
        new(() => new StreamContent(new Bodies.OneWayStream(Body))) { TestName = "{m}(stream without seek)" },
        new(() => new Bodies.CopyingContent(new MemoryStream(Body))) { TestName = "{m}(a class that copies its stream itself)" },
        new(() => new Bodies.OwnContent(stream => new MemoryStream(Body).CopyToAsync(stream))) { TestName = "{m}(a class of the application)" },
        new(() => new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8), length: 8)) { TestName = "{m}(a class that knows its length)" },
        new(() => new Bodies.OwnContent(ByteByByte)) { TestName = "{m}(byte by byte)" },
        new(() => new Bodies.OwnContent(Compressed)) { TestName = "{m}(compressed)" },
        new(() => new Bodies.OwnContent(_ => Task.CompletedTask)) { TestName = "{m}(nothing)" },
        new(() => new Bodies.OwnContent(stream => stream.WriteAsync(new byte[Limit]).AsTask())) { TestName = "{m}(as much as may be)" },
        new(Loaded) { TestName = "{m}(loaded into a buffer before)" },
        new(() => new MultipartContent("mixed", "line") { new StringContent("the body"), new StreamContent(new MemoryStream(Body)) }) { TestName = "{m}(parts)" },
        new(() => new MultipartContent("mixed", "a") { new StreamContent(new Bodies.OneWayStream(Body)) }) { TestName = "{m}(a part without seek)" },
    ];

    private static IEnumerable<TestCaseData<Func<HttpContent>>> InMemory =>
    [
        new(() => new ByteArrayContent(Body)) { TestName = "{m}(bytes)" },
        new(() => new StringContent("the body")) { TestName = "{m}(text)" },
        new(() => new FormUrlEncodedContent([KeyValuePair.Create("the", "body")])) { TestName = "{m}(form)" },
        new(() => new ReadOnlyMemoryContent(Body)) { TestName = "{m}(memory)" },
        new(() => new MultipartFormDataContent("line") { new MultipartContent("mixed", "inner") { new ByteArrayContent(new byte[1000]) } }) { TestName = "{m}(parts of parts)" },
    ];

    private static IEnumerable<TestCaseData<Func<HttpContent>>> TooLong =>
    [
        new(() => new Bodies.OwnContent(stream => stream.WriteAsync(new byte[Limit + 1]).AsTask())) { TestName = "{m}(one byte too many)" },
        new(() => new Bodies.OwnContent(stream => stream.WriteAsync(new byte[Limit + 1]).AsTask(), length: Limit + 1)) { TestName = "{m}(one byte too many, known before)" },
        new(() => new Bodies.OwnContent(async stream =>
        {
            await stream.WriteAsync(new byte[Limit]);
            await stream.WriteAsync(new byte[1]);
            await stream.WriteAsync(new byte[1]);
        })) { TestName = "{m}(one byte too many, and one more)" },
        new(() => new StreamContent(new Bodies.OneWayStream(new byte[1000]))) { TestName = "{m}(long stream)" },
        new(() => new MultipartContent("mixed") { new MultipartContent("mixed") { new StreamContent(new Bodies.OneWayStream(Body)) } }) { TestName = "{m}(parts that are long together)" },
    ];

    private static IEnumerable<TestCaseData<Func<HttpContent>>> Long =>
    [
        new(() => new StreamContent(new MemoryStream(new byte[Limit + 1]))) { TestName = "{m}(seekable stream)" },
        new(() => new StreamContent(new MemoryStream(new byte[Limit + 9]) { Position = 4 })) { TestName = "{m}(seekable stream from its middle)" },
        new(() => new MultipartContent("mixed", "line") { new StreamContent(new MemoryStream(new byte[Limit])) }) { TestName = "{m}(parts)" },
        new(() => new StreamContent(new MemoryStream(new byte[Limit + 1])) { Headers = { ContentLength = Limit + 1 } }) { TestName = "{m}(seekable stream with a declared length)" },
    ];

    private static IEnumerable<TestCaseData<Func<HttpContent>>> Unsteady =>
    [
        new(() => Moved(new MemoryStream(new byte[Limit + 9]))) { TestName = "{m}(moved since)" },
        new(() => TwoPartsOf(new MemoryStream(new byte[Limit]))) { TestName = "{m}(two parts of one stream)" },
        new(() => new StreamContent(new GrowingStream(new byte[Limit + 9]))) { TestName = "{m}(grown meanwhile)" },
        new(() => new StreamContent(new Bodies.UnmovableStream(new byte[Limit + 1]))) { TestName = "{m}(cannot be moved back)" },
        new(() => new StreamContent(new Bodies.UnmovableStream(new byte[Limit + 1])) { Headers = { ContentLength = Limit + 1 } }) { TestName = "{m}(cannot be moved back, with a declared length)" },
        new(() => new MultipartContent("mixed") { new MultipartContent("mixed") { new StringContent("x"), new StreamContent(new Bodies.UnmovableStream(new byte[Limit])) } }) { TestName = "{m}(a part of a part cannot be moved back)" },
    ];

    [TestCaseSource(nameof(Replayable))]
    public async Task It_arrives_a_second_time_byte_for_byte(Func<HttpContent> content)
    {
        using var client = Client();
        client.Api.Rejected.Add("token-1");
        var body = content();

        using var response = await client.PostAsync(body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(client.Api.Calls, Has.Count.EqualTo(2));
        Assert.That(client.Api.Calls[1].Body, Is.EqualTo(client.Api.Calls[0].Body));
        Assert.That(response.RequestMessage!.Content, Is.SameAs(body), "the caller's own again");
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    [TestCaseSource(nameof(Json))]
    public Task JSON_arrives_a_second_time_byte_for_byte(Func<HttpContent> content) => It_arrives_a_second_time_byte_for_byte(content);

    [TestCaseSource(nameof(Asynchronous))]
    public void JSON_of_an_asynchronous_sequence_arrives_a_second_time_or_fails_as_without_the_library(Func<HttpContent> content)
    {
        Assert.That(() => It_arrives_a_second_time_byte_for_byte(content), sending is Sending.Sync ? Throws.TypeOf<NotSupportedException>() : Throws.Nothing);
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    [TestCaseSource(nameof(TooLong))]
    public async Task A_longer_body_is_sent_once_and_the_caller_gets_the_401(Func<HttpContent> content)
    {
        using var client = Client();
        client.Api.Rejected.Add("token-1");
        var body = content();

        using var response = await client.PostAsync(body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
        Assert.That(client.Api.Calls, Has.Count.EqualTo(1));
        Assert.That(response.RequestMessage!.Content, Is.SameAs(body));
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    [TestCaseSource(nameof(Long))]
    public async Task A_longer_body_arrives_a_second_time_if_the_framework_can_write_it_again(Func<HttpContent> content)
    {
        await It_arrives_a_second_time_byte_for_byte(content);
    }

    /// <summary>Each of these would have other bytes the second time.</summary>
    [TestCaseSource(nameof(Unsteady))]
    public async Task A_longer_body_whose_streams_were_moved_or_changed_is_not_sent_again(Func<HttpContent> content)
    {
        using var client = Client();
        client.Api.Rejected.Add("token-1");
        using var body = content();

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
    }

    [Test]
    public async Task A_longer_body_that_has_grown_since_it_was_sent_before_is_not_sent_again([Values(0, Limit)] int limit)
    {
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = limit);
        using var body = new StreamContent(new GrowingStream(new byte[Limit + 9]));
        client.Api.Answer = (call, _) => call.Number == 1 ? null : ApiStub.Unauthorized();
        (await client.PostAsync(body)).Dispose();

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 2)));
    }

    /// <summary>If it were kept, it would count as set by the application when the content is sent again.</summary>
    [Test]
    public async Task A_computed_length_is_not_kept_in_the_headers_of_the_callers_content([Values(0, Limit)] int limit, [Values] bool isSet)
    {
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = limit);
        using var body = new StreamContent(new MemoryStream(Body));
        if (isSet)
            body.Headers.ContentLength = Body.Length;

        (await client.PostAsync(body)).Dispose();

        Assert.That(body.Headers.NonValidated.Contains("Content-Length"), Is.EqualTo(isSet));
    }

    /// <summary>A retry that copies the body reads it as a stream.</summary>
    [Test]
    public async Task A_body_can_be_read_after_it_was_sent_as_without_the_library([Values] bool isPart)
    {
        using var client = Client();
        using var plain = new HttpClient(new ApiStub());

        var withLibrary = await ReadAfterAsync(body => client.PostAsync(body));
        var without = await ReadAfterAsync(body => plain.PostAsync(new Uri("https://api.apiax.io/rules"), body));

        Assert.That(withLibrary, Is.EqualTo(without));

        // .NET 8 leaves the stream at the position after the send.
        async Task<byte[]> ReadAfterAsync(Func<HttpContent, Task<HttpResponseMessage>> sendAsync)
        {
            var content = new StreamContent(new MemoryStream(Body));
            using var response = await sendAsync(isPart ? new MultipartContent("mixed", "line") { content } : content);
            using var copy = new MemoryStream();
            await (await content.ReadAsStreamAsync()).CopyToAsync(copy);
            return copy.ToArray();
        }
    }

    [TestCaseSource(nameof(Replayable))]
    public Task An_inner_handler_that_replaces_the_body_gets_the_same_one_again(Func<HttpContent> content) =>
        IsSentTwiceAsync(content, api => new ReversingHandler(api));

    /// <summary>A class that is derived from the framework's handler is not a <see cref="DelegatingHandler"/>.</summary>
    [TestCaseSource(nameof(Replayable))]
    public Task A_primary_handler_that_replaces_the_body_gets_the_same_one_again(Func<HttpContent> content) =>
        IsSentTwiceAsync(content, api => new ChainAsPrimary(new ReversingHandler(api)));

    /// <summary>Older code does this to keep the body from being disposed. It is not a redirect, which also changes the method.</summary>
    [TestCaseSource(nameof(Replayable))]
    public Task A_body_that_a_primary_handler_removes_is_restored(Func<HttpContent> content) =>
        IsSentTwiceAsync(content, api => new ChainAsPrimary(api) { TakesBodyOff = true });

    private async Task IsSentTwiceAsync(Func<HttpContent> content, Func<HttpMessageHandler, HttpMessageHandler> primary)
    {
        using var api = new ApiStub { Rejected = { "token-1" }, AnswersLater = sending is Sending.AsyncAnsweredLater };
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = Limit, primary(api));
        using var body = content();

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, api.Calls.Count), Is.EqualTo((HttpStatusCode.OK, 2)));
        Assert.That(api.Calls[1].Body, Is.EqualTo(api.Calls[0].Body));
    }

    [Test]
    public async Task Nothing_is_recorded_or_replaced_when_it_is_turned_off()
    {
        HttpContent? sent = null;
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = 0);
        client.Api.Answer = (_, request) =>
        {
            sent = request.Content;
            return ApiStub.Unauthorized();
        };
        using var body = new StreamContent(new Bodies.OneWayStream(Body));

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
        Assert.That(sent, Is.SameAs(body));
    }

    [Test]
    public async Task A_stream_that_can_be_written_again_needs_no_recording()
    {
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = 0);
        client.Api.Rejected.Add("token-1");

        using var response = await client.PostAsync(new StreamContent(new MemoryStream(Body)));

        Assert.That(client.Api.Calls.Select(call => call.Body), Is.EqualTo(["the body", "the body"]));
    }

    /// <summary>It would be replaced, for example compressed, twice.</summary>
    [Test]
    public async Task Without_a_recording_a_body_that_an_inner_handler_has_replaced_is_not_sent_again()
    {
        using var api = new ApiStub { Rejected = { "token-1" }, AnswersLater = sending is Sending.AsyncAnsweredLater };
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = 0, new ReversingHandler(api));

        using var response = await client.PostAsync(new StreamContent(new Bodies.OneWayStream(Body)));

        Assert.That((response.StatusCode, api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
    }

    /// <summary>It would be sent again without a body.</summary>
    [Test]
    public async Task Without_a_recording_a_body_that_a_primary_handler_removes_is_not_sent_again([Values] bool knowsItsLength)
    {
        using var api = new ApiStub { Rejected = { "token-1" }, AnswersLater = sending is Sending.AsyncAnsweredLater };
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = 0, new ChainAsPrimary(api) { TakesBodyOff = true });

        using var response = await client.PostAsync(new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8), knowsItsLength ? 8 : null));

        Assert.That((response.StatusCode, api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
    }

    [Test]
    public async Task Without_a_recording_a_request_whose_body_a_redirect_removed_is_sent_again()
    {
        using var client = new BearerClient(sending, options => options.MaxReplayBodySize = 0);
        client.Api.Answer = RedirectedToGet;

        using var response = await client.PostAsync(new StreamContent(new Bodies.OneWayStream(Body)));

        Assert.That((response.StatusCode, client.Api.Calls[^1].Body), Is.EqualTo((HttpStatusCode.OK, "")));
    }

    [Test]
    public async Task A_body_that_a_primary_handler_adds_is_removed_for_the_next_send()
    {
        using var api = new ApiStub { Rejected = { "token-1" }, AnswersLater = sending is Sending.AsyncAnsweredLater };
        using var client = new BearerClient(sending, primary: new ChainAsPrimary(new ExtendingHandler(api)));

        using var response = await client.GetAsync();

        Assert.That(api.Calls.Select(call => call.Body), Is.EqualTo(["+", "+"]));
    }

    [Test]
    public async Task Three_sends_are_three_times_the_same_bytes()
    {
        using var client = Client();
        client.Api.Answer = (call, request) =>
        {
            if (call.Number == 1)
                ApiStub.Redirect(request, "https://other.apiax.io/rules");

            return call.Number < 3 ? ApiStub.Unauthorized() : null;
        };

        using var response = await client.PostAsync(new Bodies.CopyingContent(new MemoryStream(Body)));

        Assert.That(client.Api.Calls.Select(call => (call.Token, call.Body)), Is.EqualTo([("token-1", "the body"), ("token-1", "the body"), ("token-2", "the body")]));
    }

    /// <summary>Within one send the stack may write a body again: after a 307, or on another connection.</summary>
    [Test]
    public async Task A_body_that_the_stack_writes_twice_is_the_same_twice_and_once_more()
    {
        using var client = Client(new RepeatingHandler(sending));
        using var body = new StreamContent(new Bodies.OneWayStream(Body));

        using var response = await client.PostAsync(body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("the body, the body, the body, the body"));
    }

    [Test]
    public async Task After_a_failed_write_the_body_is_written_and_recorded_again()
    {
        using var client = Client(new RepeatingHandler(sending));
        var body = new Bodies.OwnContent(null!);
        body = new Bodies.OwnContent(async stream =>
        {
            await stream.WriteAsync(Body.AsMemory(0, 4));
            if (body.Writings == 1)
                throw new InvalidOperationException("The source is gone.");

            await stream.WriteAsync(Body.AsMemory(4));
        });

        using var response = await client.PostAsync(body);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("the , the body, the body, the body"));
        Assert.That(body.Writings, Is.EqualTo(2));
    }

    [Test]
    public async Task A_body_that_was_not_written_to_its_end_is_not_sent_again()
    {
        using var client = Client(new EarlyAnswer());
        var body = new Bodies.OwnContent(async stream =>
        {
            await stream.WriteAsync(Body);
            throw new IOException("The server has closed the stream.");
        });

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, body.Writings), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
    }

    /// <summary><c>Expect: 100-continue</c>: the server rejects the request before the body is written.</summary>
    [Test]
    public async Task An_unread_body_can_be_sent_again([Values(8, 100_000)] int size)
    {
        using var primary = new Unread();
        using var client = Client(primary);
        var body = new Bodies.OwnContent(stream => stream.WriteAsync(new byte[size]).AsTask(), size);

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, body.Writings, primary.Length), Is.EqualTo((HttpStatusCode.OK, 1, size)));
    }

    /// <summary>As when the 401 and the end of the wait for <c>100 Continue</c> come at the same moment.</summary>
    [Test]
    public async Task The_first_send_does_not_begin_to_write_a_body_that_is_sent_again([Values] bool isTokenFetched)
    {
        using var primary = new Unread();
        using var client = Client(primary);
        if (isTokenFetched)
            primary.OnSecondSend = primary.WriteFirst;
        else
            client.Tokens.OnReplace = primary.WriteFirst;

        using var response = await client.PostAsync(new Bodies.CopyingContent(new MemoryStream(Body)));

        Assert.That((response.StatusCode, primary.Length), Is.EqualTo((HttpStatusCode.OK, Body.Length)));
        Assert.That(primary.FirstFailure, Is.InstanceOf<HttpRequestException>());
        Assert.That(primary.FirstFailure!.InnerException!.Message, Does.Contain("already responded"));
    }

    [Test]
    public async Task Headers_and_length_of_a_body_arrive_as_they_were([Values] bool knowsItsLength)
    {
        var sent = new List<string>();
        using var client = Client();
        client.Api.Answer = (call, request) =>
        {
            sent.Add(string.Join("; ", request.Content!.Headers.NonValidated.Select(header => $"{header.Key}: {header.Value}")) + $" {request.Content.Headers.ContentLength}");
            return call.Number == 1 ? ApiStub.Unauthorized() : null;
        };
        var body = new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8), knowsItsLength ? 8 : null);
        body.Headers.TryAddWithoutValidation("Content-Type", "text/x-own;  odd=\"spaces\"");
        body.Headers.TryAddWithoutValidation("Content-Language", ["de", "fr"]);
        body.Headers.TryAddWithoutValidation("X-Own", "ä");
        var length = body.Headers.ContentLength;
        var own = string.Join("; ", body.Headers.NonValidated.Select(header => $"{header.Key}: {header.Value}")) + $" {length}";

        using var response = await client.PostAsync(body);

        Assert.That(sent, Is.EqualTo([own, own]));
    }

    [Test]
    public async Task A_body_that_the_primary_reads_as_a_stream_or_text_is_recorded_as_well([Values] bool isFrameworks)
    {
        using var client = Client(new ReadingHandler(sending));
        HttpContent body = isFrameworks ? new StreamContent(new Bodies.OneWayStream(Body)) : new Bodies.OwnContent(stream => new Bodies.OneWayStream(Body).CopyToAsync(stream));

        using var response = await client.PostAsync(body);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("the body, the body"));
    }

    [TestCaseSource(nameof(InMemory))]
    public async Task A_body_in_memory_that_the_primary_reads_as_a_stream_is_the_same_each_time(Func<HttpContent> content)
    {
        using var api = new ApiStub { Rejected = { "token-1" }, AnswersLater = sending is Sending.AsyncAnsweredLater };
        using var client = Client(new ExtendingHandler(api));
        using var body = content();
        var text = new StreamReader(new MemoryStream(await content().ReadAsByteArrayAsync())).ReadToEnd();

        using var response = await client.PostAsync(body);

        Assert.That(api.Calls.Select(call => call.Body), Is.EqualTo([text + "+", text + "+"]));
    }

    /// <summary>For example by a handler above that logs the body: code inside that reads it as a stream would fail. .NET's own handlers only write it.</summary>
    [TestCaseSource(nameof(InMemory))]
    public async Task A_body_in_memory_whose_stream_is_closed_is_not_sent_again_by_a_handler_that_may_read_it(Func<HttpContent> content)
    {
        using var client = Client();
        client.Api.Rejected.Add("token-1");
        using var body = content();
        await using (var stream = await body.ReadAsStreamAsync())
            await stream.CopyToAsync(Stream.Null);

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
    }

    [Test]
    public async Task A_body_in_memory_that_is_disposed_meanwhile_is_not_sent_again()
    {
        using var client = Client();
        client.Api.Answer = (_, request) =>
        {
            request.Content!.Dispose();
            return ApiStub.Unauthorized();
        };

        using var response = await client.PostAsync(new StringContent("the body"));

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
    }

    [Test]
    public async Task A_body_that_is_disposed_while_the_replacement_is_fetched_is_not_sent_again([Values] bool isInMemory)
    {
        using var client = Client();
        client.Api.Rejected.Add("token-1");
        using HttpContent body = isInMemory ? new StringContent("the body") : new StreamContent(new MemoryStream(new byte[Limit + 1]));
        client.Tokens.OnReplace = body.Dispose;

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, client.Api.Calls.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
        Assert.That(client.Logs.Entries.Select(entry => entry.Event), Is.EqualTo(["NotSentAgain"]));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));
    }

    [Test]
    public async Task A_recorded_body_that_the_caller_disposes_meanwhile_is_sent_again()
    {
        using var client = Client();
        var body = new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8));
        client.Api.Answer = (call, _) =>
        {
            body.Dispose();
            return call.Number == 1 ? ApiStub.Unauthorized() : null;
        };

        using var response = await client.PostAsync(body);

        Assert.That(client.Api.Calls.Select(call => call.Body), Is.EqualTo(["the body", "the body"]));
    }

    [Test]
    public async Task If_the_request_is_disposed_meanwhile_its_body_is_disposed_and_the_caller_gets_the_answer()
    {
        using var client = Client();
        var body = new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8));
        client.Api.Answer = (_, request) =>
        {
            request.Dispose();
            return null;
        };

        using var response = await client.PostAsync(body);

        Assert.That((response.StatusCode, body.IsDisposed, RecordingBuffer.TotalBytes), Is.EqualTo((HttpStatusCode.OK, true, 0)));
    }

    [Test]
    public async Task A_body_that_a_redirect_removed_is_not_restored()
    {
        using var client = Client();
        client.Api.Answer = RedirectedToGet;

        using var response = await client.PostAsync(new StreamContent(new Bodies.OneWayStream(Body)));

        Assert.That(client.Api.Calls.Select(call => call.Body), Is.EqualTo(["the body", ""]));
        Assert.That((response.RequestMessage!.Content, RecordingBuffer.TotalBytes), Is.EqualTo((default(HttpContent), 0)));
    }

    [Test]
    public async Task The_memory_is_returned_after_any_outcome([Values("answered", "failed", "cancelled", "body failed")] string way)
    {
        using var cancelled = new CancellationTokenSource();
        using var client = Client();
        var body = new Bodies.OwnContent(async stream =>
        {
            await stream.WriteAsync(Body);
            if (way is "body failed")
                throw new InvalidOperationException("The source is gone.");
        });
        client.Api.Answer = (_, _) =>
        {
            Assert.That(RecordingBuffer.TotalBytes, Is.Positive);
            if (way is "cancelled")
                cancelled.Cancel();

            cancelled.Token.ThrowIfCancellationRequested();
            return way is "failed" ? throw new HttpRequestException("no connection") : null;
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://api.apiax.io/rules") { Content = body };

        var call = client.SendAsync(request, cancelled.Token);
        await Task.WhenAny(call);

        Assert.That(call.IsCompletedSuccessfully, Is.EqualTo(way is "answered"));
        Assert.That(request.Content, Is.SameAs(body));
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
        _ = call.Exception;
    }

    [Test]
    public async Task One_content_in_two_calls_at_once_is_recorded_for_each()
    {
        using var client = Client();
        client.Api.Rejected.Add("token-1");
        var body = new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8));

        foreach (var response in await Task.WhenAll(client.PostAsync(body), client.PostAsync(body)))
            response.Dispose();

        Assert.That(client.Api.Calls.Select(call => call.Body), Is.All.EqualTo("the body"));
        Assert.That(RecordingBuffer.TotalBytes, Is.Zero);
    }

    [Test]
    public async Task A_content_that_the_caller_sends_again_is_recorded_again()
    {
        using var client = Client();
        var body = new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8));

        (await client.PostAsync(body)).Dispose();
        client.Api.Rejected.Add("token-1");
        (await client.PostAsync(body)).Dispose();

        Assert.That((body.Writings, client.Api.Calls.Count), Is.EqualTo((2, 3)));
    }

    [Test]
    public async Task The_caller_with_a_longer_body_does_not_wait_and_the_next_call_gets_the_replacement()
    {
        using var client = Client();
        var hold = client.Tokens.Hold = new Gate();
        client.Api.Rejected.Add("token-1");

        using var response = await client.PostAsync(new StreamContent(new Bodies.OneWayStream(new byte[Limit + 1])));
        await hold.Arrived;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("who are you?"));

        client.Tokens.Hold = null;
        hold.Open();
        Assert.That(await client.StatusOf(), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_replacement_that_fails_in_the_background_is_logged()
    {
        using var client = Client();
        client.Tokens.ReplacementFailure = new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down");
        client.Api.RejectsAll = true;

        using var response = await client.PostAsync(new StreamContent(new Bodies.OneWayStream(new byte[Limit + 1])));

        await client.Logs.WaitForAsync("NotReplaced");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static HttpResponseMessage? RedirectedToGet(ApiCall call, HttpRequestMessage request)
    {
        if (call.Number > 1)
            return null;

        (request.Method, request.Content) = (HttpMethod.Get, null);
        ApiStub.Redirect(request, "https://api.apiax.io/seen");
        return ApiStub.Unauthorized();
    }

    private static StreamContent Moved() => Moved(new MemoryStream(Body));

    private static StreamContent Moved(MemoryStream stream)
    {
        var content = new StreamContent(stream);
        content.ReadAsStream();
        stream.Position = 4;
        return content;
    }

    private static MultipartContent TwoPartsOf(Stream stream) => new("mixed", "line") { new StreamContent(stream), new StreamContent(stream) };

    private static Bodies.OwnContent Loaded()
    {
        var content = new Bodies.OwnContent(stream => stream.WriteAsync(Body, 0, 8));
        Assert.That(content.LoadIntoBufferAsync().IsCompletedSuccessfully);
        return content;
    }

    private static IEnumerable<int> Consuming()
    {
        var rows = new BlockingCollection<int> { 1, 2, 3 };
        rows.CompleteAdding();
        return rows.GetConsumingEnumerable();
    }

    private static Task ByteByByte(Stream stream)
    {
        foreach (var value in Body)
            stream.WriteByte(value);

        stream.Write(Body, 0, 4);
        stream.Flush();
        return stream.FlushAsync();
    }

    private static async Task Compressed(Stream stream)
    {
        await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(Body);
    }

    private BearerClient Client(HttpMessageHandler? primary = null) => new(sending, options => options.MaxReplayBodySize = Limit, primary);

    private static HttpResponseMessage Answer(HttpStatusCode status, HttpRequestMessage request, string text = "") =>
        new(status) { RequestMessage = request, Content = new StringContent(text) };

    private abstract class Primary : HttpMessageHandler
    {
        protected abstract Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, bool async);

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => Blocking.Wait(AnswerAsync(request, async: false));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => AnswerAsync(request, async: true);
    }

    /// <summary>Writes the body twice in each send; the first send is answered with 401, the second with all that was written.</summary>
    private sealed class RepeatingHandler(Sending sending) : Primary
    {
        private readonly List<string> _written = [];

        protected override async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, bool async)
        {
            for (var i = 0; i < 2; i++)
            {
                using var wire = new MemoryStream();
                try
                {
                    if (sending is Sending.Sync)
                        request.Content!.CopyTo(wire, context: null, CancellationToken.None);
                    else
                        await request.Content!.CopyToAsync(wire);
                }
                catch (InvalidOperationException)
                {
                    // This connection has been closed.
                }

                _written.Add(Encoding.UTF8.GetString(wire.ToArray()));
            }

            return Answer(_written.Count < 4 ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, request, string.Join(", ", _written));
        }
    }

    /// <summary>Answers 401 although the body was not written to its end.</summary>
    private sealed class EarlyAnswer : Primary
    {
        protected override async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, bool async)
        {
            try
            {
                if (async)
                    await request.Content!.CopyToAsync(Stream.Null);
                else
                    request.Content!.CopyTo(Stream.Null, context: null, CancellationToken.None);
            }
            catch (HttpRequestException)
            {
                // The answer came before the end of the body.
            }

            return Answer(HttpStatusCode.Unauthorized, request);
        }
    }

    private sealed class Unread : Primary
    {
        private HttpContent? _first;

        public int Length { get; private set; }

        public Exception? FirstFailure { get; private set; }

        public Action? OnSecondSend { get; set; }

        /// <summary>Writes the body of the first send, late, to a connection that accepts only a part of it.</summary>
        public void WriteFirst()
        {
            try
            {
                _first!.CopyTo(new MemoryStream(new byte[4]), context: null, CancellationToken.None);
            }
            catch (Exception exception) when (exception is HttpRequestException or NotSupportedException)
            {
                FirstFailure = exception;
            }
        }

        protected override async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, bool async)
        {
            if (_first is null)
            {
                _first = request.Content;
                return Answer(HttpStatusCode.Unauthorized, request);
            }

            OnSecondSend?.Invoke();
            using var wire = new MemoryStream();
            if (async)
                await request.Content!.CopyToAsync(wire);
            else
                request.Content!.CopyTo(wire, context: null, CancellationToken.None);

            Length = (int)wire.Length;
            return Answer(HttpStatusCode.OK, request);
        }
    }

    /// <summary>Reads the body as stubs in tests do.</summary>
    private sealed class ReadingHandler(Sending sending) : Primary
    {
        private readonly List<string> _read = [];

        protected override async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, bool async)
        {
            using var reader = new StreamReader(sending is Sending.Sync ? request.Content!.ReadAsStream() : await request.Content!.ReadAsStreamAsync(), leaveOpen: true);
            _read.Add(_read.Count == 0 ? await reader.ReadToEndAsync() : await request.Content!.ReadAsStringAsync());
            return Answer(_read.Count == 1 ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, request, string.Join(", ", _read));
        }
    }

    /// <summary>A file that another process appends to.</summary>
    private sealed class GrowingStream(byte[] bytes) : MemoryStream
    {
        private int _appended;

        public override long Length => bytes.Length + _appended;

        public override bool CanSeek => true;

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await destination.WriteAsync(bytes, cancellationToken);
            _appended++;
        }

        public override void CopyTo(Stream destination, int bufferSize)
        {
            destination.Write(bytes);
            _appended++;
        }
    }

    /// <summary>Like a handler that compresses or encrypts the body.</summary>
    private sealed class ReversingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            request.Content = new ByteArrayContent([.. Enumerable.Reverse(bytes)]);
            return await base.SendAsync(request, cancellationToken);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var bytes = new MemoryStream();
            request.Content!.CopyTo(bytes, context: null, cancellationToken);
            request.Content = new ByteArrayContent([.. Enumerable.Reverse(bytes.ToArray())]);
            return base.Send(request, cancellationToken);
        }
    }

    /// <summary>Like a handler that adds a signature to the body.</summary>
    private sealed class ExtendingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(Extended(request), cancellationToken);

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => base.Send(Extended(request), cancellationToken);

        private static HttpRequestMessage Extended(HttpRequestMessage request)
        {
            using var text = new StreamReader(request.Content?.ReadAsStream() ?? Stream.Null, leaveOpen: true);
            request.Content = new StringContent(text.ReadToEnd() + "+");
            return request;
        }
    }

    private sealed class ChainAsPrimary(HttpMessageHandler chain) : HttpClientHandler
    {
        private readonly HttpMessageInvoker _chain = new(chain);

        public bool TakesBodyOff { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Answered(request, await _chain.SendAsync(request, cancellationToken));

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => Answered(request, _chain.Send(request, cancellationToken));

        protected override void Dispose(bool disposing)
        {
            _chain.Dispose();
            base.Dispose(disposing);
        }

        private HttpResponseMessage Answered(HttpRequestMessage request, HttpResponseMessage response)
        {
            if (TakesBodyOff)
                request.Content = null;

            return response;
        }
    }
}
