using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Apiax.Http.Handlers;

/// <summary>Protects the users of a process from lock-out, across all accounts: several accounts (client, scope, container) may have one user.</summary>
/// <param name="random">Chooses the pauses; the process's own if null.</param>
internal sealed class UserLogins(Random? random = null)
{
    // The times of one clock say nothing to another. Tests that have their own clock do not affect each other.
    private static readonly ConditionalWeakTable<TimeProvider, UserLogins> OfClocks = new();

    private readonly object _gate = new();

    // User names are compared without case, as by servers.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly Dictionary<string, UserLogin> _users = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many users are in use or recorded.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _users.Count;
        }
    }

    /// <summary>The process's users; containers and providers without one share them.</summary>
    public static UserLogins OfProcess(TimeProvider time) => OfClocks.GetValue(time, _ => new UserLogins());

    /// <summary>The user; <see cref="Return"/> it after the login.</summary>
    public UserLogin Take(Uri endpoint, string username)
    {
        var name = $"{endpoint.AbsoluteUri}\n{username}";
        lock (_gate)
        {
            if (!_users.TryGetValue(name, out var user))
                _users[name] = user = new UserLogin(random ?? Random.Shared);

            user.Logins++;
            return user;
        }
    }

    /// <summary>Forgets all users that are not in use and about whom nothing is recorded any more.</summary>
    public void Return(UserLogin user, DateTimeOffset now)
    {
        lock (_gate)
        {
            user.Logins--;
            foreach (var (name, each) in _users)
            {
                if (each.Logins == 0 && each.IsForgottenAt(now))
                    _users.Remove(name);
            }
        }
    }
}
