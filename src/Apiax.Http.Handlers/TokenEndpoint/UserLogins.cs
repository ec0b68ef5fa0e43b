using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>Protects the users of a process from lock-out, across all accounts: several accounts (client, scope) may have one user.</summary>
/// <param name="random">Chooses the pauses; the process's own if null.</param>
internal sealed class UserLogins(Random? random = null)
{
    private readonly object _gate = new();

    // User names are compared without case, as by servers.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly Dictionary<string, UserLogin> _users = new(StringComparer.OrdinalIgnoreCase);

    public UserLogin Of(Uri endpoint, string username)
    {
        var name = $"{endpoint.AbsoluteUri}\n{username}";
        lock (_gate)
        {
            if (!_users.TryGetValue(name, out var user))
                _users[name] = user = new UserLogin(random ?? Random.Shared);

            return user;
        }
    }
}
