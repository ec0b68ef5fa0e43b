namespace Apiax.Http.Handlers;

/// <summary>How messages name their account: the same in exceptions and log entries, so that one search finds both.</summary>
internal static class AccountName
{
    /// <summary>An account without a name.</summary>
    public const string Unnamed = "(unnamed)";

    /// <summary>The account of a token provider of the application.</summary>
    public const string Application = "(application)";

    public static string Before(string account, string text) => $"Account {account}: {text}";
}
