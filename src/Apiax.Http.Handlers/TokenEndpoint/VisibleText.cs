using System.Globalization;
using System.Text;

namespace Apiax.Http.Handlers;

/// <summary>A text from elsewhere without the characters that a reader cannot see: they could hide a secret, or reorder or split a line of the log.</summary>
internal static class VisibleText
{
    public static string Of(string text)
    {
        // An answer may be a megabyte: no separate string for each character.
        var visible = new StringBuilder(text.Length);
        Span<char> characters = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
                visible.Append(characters[..rune.EncodeToUtf16(characters)]);
        }

        return visible.ToString();
    }
}
