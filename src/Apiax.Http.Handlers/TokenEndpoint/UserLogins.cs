using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>What protects the users of a process, whatever accounts sign in as them: tokens differ by client and scope, a user is one.</summary>
/// <param name="random">Draws the pauses; the process's own if null.</param>
internal sealed class UserLogins(Random? random = null)
{
    private readonly object _gate = new();

    // Users are distinguished as servers do it: no matter the case.
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
