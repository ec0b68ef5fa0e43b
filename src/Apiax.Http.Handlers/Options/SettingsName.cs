namespace Apiax.Http.Handlers;

/// <summary>
/// The name of a set of <see cref="ApiaxAuthOptions"/>: empty for the shared account's, otherwise that of the client whose own they are. Whatever a client is called, its
/// settings' name is its own: what stands in parentheses is ours.
/// </summary>
internal static class SettingsName
{
    /// <summary>The name of the shared account's settings.</summary>
    public const string Shared = "";

    private const string UnnamedClient = "(unnamed client)";

    public static string Of(string client) => client switch
    {
        "" => UnnamedClient,
        ['(', ..] => "(" + client,
        _ => client,
    };

    /// <summary>The client whose settings they are; nothing for the shared ones.</summary>
    public static string? ClientOf(string name) => name switch
    {
        Shared => null,
        UnnamedClient => "",
        _ when name.StartsWith('(') => name[1..],
        _ => name,
    };

    /// <summary>What the account is called in metrics and health checks.</summary>
    public static string Label(string name) => name.Length == 0 ? "(shared)" : name;

    /// <summary>What the account is called in a message.</summary>
    public static string Title(string name) => name.Length == 0 ? "the shared account" : name;
}
