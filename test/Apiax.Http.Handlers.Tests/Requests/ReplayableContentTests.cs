using System.Net.Http.Json;

namespace Apiax.Http.Handlers.Tests;

/// <summary>What is seen of a body before it is sent again; <see cref="BearerTokenHandlerReplayTests"/> send it.</summary>
[TestFixture]
internal sealed class ReplayableContentTests
{
    private static IEnumerable<TestCaseData<object?, bool>> Json =>
    [
        new(null, true) { TestName = "{m}(nothing)" },
        new("text", true) { TestName = "{m}(text)" },
        new(new { The = "body" }, true) { TestName = "{m}(an object)" },
        new(new[] { 1, 2 }, true) { TestName = "{m}(an array)" },
        new(new Queue<string>(["a", "b"]), true) { TestName = "{m}(a collection)" },
        new(new ReadOnly(), true) { TestName = "{m}(a collection that cannot be changed)" },
        new(Enumerable.Range(1, 2).Where(number => number > 0), false) { TestName = "{m}(a sequence)" },
        new(Asynchronous(), false) { TestName = "{m}(an asynchronous sequence)" },
    ];

    [TestCaseSource(nameof(Json))]
    public void JSON_is_sent_again_unless_it_is_a_sequence_that_may_be_good_for_once_only(object? value, bool isReplayable)
    {
        using var content = JsonContent.Create<object?>(value);

        Assert.That(ReplayableContent.Includes(content), Is.EqualTo(isReplayable));
    }

    [Test]
    public void A_stream_that_is_disposed_of_is_not_sent_again()
    {
        var content = new StreamContent(new MemoryStream());
        content.Dispose();

        Assert.That(ReplayableContent.Includes(content), Is.False);
    }

    private static async IAsyncEnumerable<object> Asynchronous()
    {
        await Task.CompletedTask;
        yield return "a";
    }

    private sealed class ReadOnly : IReadOnlyCollection<string>
    {
        public int Count => 0;

        public IEnumerator<string> GetEnumerator() => Enumerable.Empty<string>().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
