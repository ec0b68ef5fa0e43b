namespace Apiax.Http.Handlers.Testing;

/// <summary>The outcome of a token request.</summary>
public enum SandboxTokenOutcome
{
    /// <summary>No answer yet: the request is held or delayed.</summary>
    Pending,

    /// <summary>Tokens were issued.</summary>
    Granted,

    /// <summary>The answer was an OAuth error: <see cref="SandboxTokenRequest.Error"/>.</summary>
    Refused,

    /// <summary>The answer was a fault that the test set.</summary>
    Faulted,

    /// <summary>The client disconnected, or the sandbox stopped, while the request was held or delayed; it was not handled.</summary>
    Abandoned,
}
