using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Which account each client of the factory uses: filled by all doors, in any order, so that no client gets two handlers.</summary>
internal sealed class ClientRegistrations
{
    private const string SharedAccount = "(shared)";
    private const string UnnamedClient = "(unnamed client)";

    private readonly HashSet<string> _sharing = [];
    private readonly HashSet<string> _owning = [];
    private bool _every;

    /// <summary>The accounts in use, by the names of their options.</summary>
    public IEnumerable<string> SettingsNames
    {
        get
        {
            var own = _owning.Select(SettingsNameFor);
            return _every || !_sharing.IsSubsetOf(_owning) ? own.Prepend(Options.DefaultName) : own;
        }
    }

    /// <summary>The name of a client's own options. Those of the unnamed client would otherwise be the shared ones.</summary>
    public static string SettingsNameFor(string client) => client.Length == 0 ? UnnamedClient : client;

    /// <summary>The client whose own account this is; nothing for the shared one.</summary>
    public static string? OwnerOf(string account) => account switch
    {
        "" => null,
        UnnamedClient => "",
        _ => account,
    };

    /// <summary>What an account is called in metrics and health checks.</summary>
    public static string NameOf(string account) => account.Length == 0 ? SharedAccount : account;

    /// <summary>What an account is called in a message.</summary>
    public static string TitleOf(string account) => account.Length == 0 ? "the shared account" : account;

    public void AddEvery() => _every = true;

    public void AddSharing(string client) => _sharing.Add(client);

    public void AddOwning(string client) => _owning.Add(client);

    /// <summary>The client's own account if it has one, otherwise the shared one if a door says so.</summary>
    public string? SettingsNameOf(string? client)
    {
        client ??= Options.DefaultName;
        if (_owning.Contains(client))
            return SettingsNameFor(client);

        return _every || _sharing.Contains(client) ? Options.DefaultName : null;
    }
}
