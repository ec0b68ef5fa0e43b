namespace Apiax.Http.Handlers.Testing;

/// <summary>The outcome of a token request.</summary>
public enum SandboxTokenOutcome
{
    /// <summary>No outcome yet: the request is held or delayed, or its password is being checked.</summary>
    Pending,

    /// <summary>Tokens were issued.</summary>
    Granted,

    /// <summary>The answer was an OAuth error: <see cref="SandboxTokenRequest.Error"/>.</summary>
    Refused,

    /// <summary>A fault that the test set was the answer, or closed the connection; the request was not handled.</summary>
    Faulted,

    /// <summary>The client disconnected, or the sandbox stopped, while the request was held or delayed; it was not handled.</summary>
    Abandoned,
}
