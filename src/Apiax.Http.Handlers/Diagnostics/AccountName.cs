namespace Apiax.Http.Handlers;

/// <summary>How texts name the account that they are about: exceptions as log entries do, so that one search finds both.</summary>
internal static class AccountName
{
    /// <summary>An account that was given no name.</summary>
    public const string Unnamed = "(unnamed)";

    /// <summary>Whatever a provider of the application's own gives tokens of.</summary>
    public const string Application = "(application)";

    public static string Before(string account, string text) => $"Account {account}: {text}";
}
