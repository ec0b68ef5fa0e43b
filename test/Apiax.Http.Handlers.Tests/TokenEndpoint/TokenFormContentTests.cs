using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Code that reads a form may send it: a form that was read cannot be withdrawn, and a withdrawn form cannot be read.</summary>
[TestFixture]
internal sealed class TokenFormContentTests
{
    private static IEnumerable<TestCaseData<Func<HttpContent, Task>>> Readings =>
    [
        new(content => CheckAsync(copy => content.CopyToAsync(copy))) { TestName = "{m}(copied)" },
        new(content => CheckAsync(copy => Task.Run(() => content.CopyTo(copy, context: null, CancellationToken.None)))) { TestName = "{m}(copied synchronously)" },
        new(content => content.ReadAsStreamAsync()) { TestName = "{m}(as a stream)" },
        new(content => Task.Run(content.ReadAsStream)) { TestName = "{m}(as a stream, synchronously)" },
        new(content => content.ReadAsStringAsync()) { TestName = "{m}(as text)" },
        new(content => content.LoadIntoBufferAsync()) { TestName = "{m}(into a buffer)" },
    ];

    [TestCaseSource(nameof(Readings))]
    public async Task A_form_that_was_read_cannot_be_withdrawn(Func<HttpContent, Task> read)
    {
        using var form = Form();

        await read(form);

        Assert.That(form.TryWithdraw(), Is.False);
    }

    [TestCaseSource(nameof(Readings))]
    public async Task A_withdrawn_form_cannot_be_read(Func<HttpContent, Task> read)
    {
        using var form = Form();
        Assert.That((form.TryWithdraw(), form.TryWithdraw()), Is.EqualTo((true, true)));

        var failure = await Waiting.FailureOf<OperationCanceledException>(Task.Run(() => read(form)));

        Assert.That(failure.Message, Does.Contain("cancelled"));
    }

    private static async Task CheckAsync(Func<Stream, Task> write)
    {
        using var copy = new MemoryStream();
        await write(copy);
        Assert.That(Encoding.UTF8.GetString(copy.ToArray()), Is.EqualTo("grant_type=password"));
    }

    private static TokenFormContent Form() => new([KeyValuePair.Create("grant_type", "password")]);
}
