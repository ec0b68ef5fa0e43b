using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>Which settings each client of the factory uses: filled by all registration methods, in any order, so that no client gets two handlers.</summary>
internal sealed class ClientRegistrations
{
    /// <summary>A client name that is not configured: it gets only what every client gets.</summary>
    public const string ProbeClient = ApiaxAuthDefaults.TokenClientName + ".Probe";

    private readonly List<Registration> _inOrder = [];
    private readonly HashSet<string> _withSharedAccount = [];
    private readonly HashSet<string> _withOwnAccount = [];
    private bool _hasAllClients;

    /// <summary>The names of the settings in use, in the order of registration.</summary>
    public IEnumerable<string> SettingsNames => InUse.Select(registered => registered.Settings).Distinct(StringComparer.Ordinal);

    /// <summary>The clients with settings of this name; null means any client.</summary>
    public IEnumerable<string?> ClientsOf(string settings) => InUse.Where(registered => registered.Settings == settings).Select(registered => registered.Client);

    /// <summary>Whether the shared account's settings are in the section <see cref="ApiaxAuthOptions.SectionName"/>, in addition to other sources.</summary>
    public bool ReadsDefaultSection { get; set; }

    public void AddAllClients()
    {
        _hasAllClients = true;
        _inOrder.Add(new(SettingsName.Shared, null));
    }

    public void AddWithSharedAccount(string client)
    {
        _withSharedAccount.Add(client);
        _inOrder.Add(new(SettingsName.Shared, client));
    }

    public void AddWithOwnAccount(string client)
    {
        _withOwnAccount.Add(client);
        _inOrder.Add(new(SettingsName.Of(client), client));
    }

    /// <summary>Whether the client is registered by its name, not only as one of all clients: its token is intended.</summary>
    public bool IsRegistered(string? client) => _withOwnAccount.Contains(client ?? Options.DefaultName) || _withSharedAccount.Contains(client ?? Options.DefaultName);

    /// <summary>The name of the client's own settings, otherwise of the shared ones if it is registered for them; null for the client of token requests.</summary>
    public string? SettingsNameOf(string? client)
    {
        client ??= Options.DefaultName;
        if (client is ApiaxAuthDefaults.TokenClientName or ProbeClient)
            return null;

        if (_withOwnAccount.Contains(client))
            return SettingsName.Of(client);

        return _hasAllClients || _withSharedAccount.Contains(client) ? SettingsName.Shared : null;
    }

    // A client's own account takes precedence.
    private IEnumerable<Registration> InUse =>
        _inOrder.Where(registered => registered.Settings != SettingsName.Shared || registered.Client is null || !_withOwnAccount.Contains(registered.Client));

    private sealed record Registration(string Settings, string? Client);
}
