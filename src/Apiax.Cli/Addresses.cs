using System.Text.RegularExpressions;

namespace Apiax.Cli;

/// <summary>Addresses as a screen may show them: user info, query and fragment may be secrets.</summary>
internal static partial class Addresses
{
    public static string Of(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>The same for all addresses in a text.</summary>
    public static string In(string text) => Address().Replace(text, "${scheme}${rest}");

    [GeneratedRegex(@"(?<scheme>https?://)([^\s/?#]*@)?(?<rest>[^\s?#]*)([?#]\S*)?", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
