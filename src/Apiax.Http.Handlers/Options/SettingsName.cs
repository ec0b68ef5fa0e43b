namespace Apiax.Http.Handlers;

/// <summary>
/// The name of a set of <see cref="ApiaxAuthOptions"/>: empty for the shared account, otherwise the name of the client that has them. Names in parentheses
/// are reserved; a client's name that begins with one is escaped.
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

    /// <summary>The client that has these settings; null for the shared ones.</summary>
    public static string? ClientOf(string name) => name switch
    {
        Shared => null,
        UnnamedClient => "",
        _ when name.StartsWith('(') => name[1..],
        _ => name,
    };

    /// <summary>The account's name in logs, metrics and health checks.</summary>
    public static string Label(string name) => name.Length == 0 ? "(shared)" : name;

    /// <summary>The account's name in a message.</summary>
    public static string Title(string name) => name.Length == 0 ? "the shared account" : name;

    /// <summary>What is wrong with the settings of this name, as validation reports it.</summary>
    public static string Failure(string name, string failure) => name.Length > 0 ? $"{name}: {failure}" : failure;
}
