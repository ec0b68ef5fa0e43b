using System.Text;
using Apiax.Http.Handlers.Fuzz;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Answers of real servers, and answers that once caused a failure: each must have the meaning of its folder.</summary>
[TestFixture]
internal sealed class TokenAnswerCorpusTests
{
    private const int LargestAnswer = 1024 * 1024;

    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "Corpus");

    private static IEnumerable<string> Answers => Directory.EnumerateFiles(Corpus, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Corpus, file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Answers))]
    public void An_answer_has_the_meaning_of_its_folder(string file) =>
        Assert.That(TokenAnswerTarget.Run(File.ReadAllBytes(Path.Combine(Corpus, file))), Is.EqualTo(Path.GetDirectoryName(file)));

    [TestCase("200\n{\"access_token\":\"", ".", "\"}", "Granted")]
    [TestCase("200\n{\"access_token\":\"a.", "e", ".c\"}", "Granted")]
    [TestCase("200\n{\"access_token\":\"a.", "W1tb", ".c\"}", "Granted")]
    [TestCase("200\n{\"access_token\":\"a\",\"x\":", "[", "}", "InvalidAnswer")]
    [TestCase("200\n{\"access_token\":\"a\"", ",\"expires_in\":1", "}", "Granted")]
    [TestCase("400\n{\"error\":\"invalid_grant\",\"error_description\":\"", "s3cret-word", "\"}", "CredentialsRejected")]
    [TestCase("400\n{\"error\":\"", "\\u0000", "\"}", "Misconfigured")]
    public void The_largest_answer_costs_no_more_than_16_megabytes(string head, string piece, string tail, string meaning)
    {
        var input = Encoding.UTF8.GetBytes(head + string.Concat(Enumerable.Repeat(piece, (LargestAnswer - head.Length - tail.Length) / piece.Length)) + tail);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var outcome = TokenAnswerTarget.Run(input);

        Assert.Multiple(() =>
        {
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16 * 1024 * 1024));
            Assert.That(outcome, Is.EqualTo(meaning));
        });
    }
}
