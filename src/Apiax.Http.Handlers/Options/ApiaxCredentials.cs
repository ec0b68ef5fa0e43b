using System.Diagnostics;

namespace Apiax.Http.Handlers;

/// <summary>A user name and its password.</summary>
/// <param name="username">The user name, not empty.</param>
/// <param name="password">The password, not empty.</param>
/// <exception cref="ArgumentException">One of the two is null or empty.</exception>
public sealed class ApiaxCredentials(string username, string password)
{
    /// <summary>The user name.</summary>
    public string Username { get; } = NotEmpty(username, nameof(username));

    /// <summary>The password.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Password { get; } = NotEmpty(password, nameof(password));

    internal bool EndsWithLineBreak => Username[^1] is '\n' or '\r' || Password[^1] is '\n' or '\r';

    /// <summary>Shows that there are credentials, never their values.</summary>
    public override string ToString() => "ApiaxCredentials { [redacted] }";

    private static string NotEmpty(string value, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        return value;
    }
}
