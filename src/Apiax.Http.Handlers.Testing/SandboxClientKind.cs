namespace Apiax.Http.Handlers.Testing;

/// <summary>How a client is set up in the realm of an <see cref="ApiaxSandbox"/>.</summary>
public enum SandboxClientKind
{
    /// <summary>A public client that may sign in users with their password, as at Apiax.</summary>
    Public,

    /// <summary>Disabled, or unknown: <c>invalid_client</c>.</summary>
    Disabled,

    /// <summary>It requires a secret, and this library sends none: <c>unauthorized_client</c>.</summary>
    Confidential,

    /// <summary>No direct access grants: a password login is refused with <c>unauthorized_client</c>.</summary>
    WithoutDirectAccessGrants,

    /// <summary>The user has to consent first: a password login is refused with <c>invalid_client</c>.</summary>
    ConsentRequired,
}
