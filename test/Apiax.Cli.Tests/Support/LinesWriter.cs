using System.Text;

namespace Apiax.Cli.Tests;

/// <summary>An output that a test reads while the tool continues to write.</summary>
internal sealed class LinesWriter : TextWriter
{
    private readonly StringBuilder _text = new();
    private readonly SemaphoreSlim _news = new(0);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        lock (_text)
            _text.Append(value);

        _news.Release();
    }

    /// <summary>Waits until this was written.</summary>
    public async Task SaysAsync(string words)
    {
        while (!ToString().Contains(words, StringComparison.Ordinal))
        {
            if (!await _news.WaitAsync(TimeSpan.FromSeconds(20)))
                throw new AssertionException($"\"{words}\" was not written, but: {this}");
        }
    }

    public override string ToString()
    {
        lock (_text)
            return _text.ToString();
    }

    protected override void Dispose(bool disposing)
    {
        _news.Dispose();
        base.Dispose(disposing);
    }
}
