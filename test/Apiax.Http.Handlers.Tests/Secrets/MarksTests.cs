using System.Net;
using System.Text;
using System.Text.Json;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>A search that finds nothing proves something only if it finds known secrets.</summary>
[TestFixture]
internal sealed class MarksTests
{
    private static IEnumerable<string> Spelled()
    {
        yield return $"Bearer {Marks.AccessToken(1)}";
        yield return Marks.Password.ToUpperInvariant();
        yield return $"password={Uri.EscapeDataString(Marks.Password)}";
        yield return $"password={WebUtility.UrlEncode(Marks.Password)}";
        yield return JsonSerializer.Serialize(Marks.RefreshToken(2));
        yield return Convert.ToBase64String(Encoding.UTF8.GetBytes($"anna:{Marks.Password}"));
        yield return Convert.ToBase64String(Encoding.UTF8.GetBytes($"bert1:{Marks.Password}"));
        yield return Convert.ToBase64String(Encoding.UTF8.GetBytes($"christ:{Marks.Password}"));
    }

    [TestCaseSource(nameof(Spelled))]
    public void A_secret_is_found_however_it_is_spelled(string text) => Assert.That(Marks.IsIn(text), Is.True);

    [Test]
    public void A_missing_secret_is_not_redacted() => Assert.That(Marks.IsIn("Authorization: * AccessToken { [redacted] }"), Is.False);
}
