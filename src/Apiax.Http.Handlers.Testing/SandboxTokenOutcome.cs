namespace Apiax.Http.Handlers.Testing;

/// <summary>What became of a token request.</summary>
public enum SandboxTokenOutcome
{
    /// <summary>It has no answer yet: it is held or delayed.</summary>
    Pending,

    /// <summary>Tokens were issued.</summary>
    Granted,

    /// <summary>An OAuth error was the answer: <see cref="SandboxTokenRequest.Error"/>.</summary>
    Refused,

    /// <summary>The answer was a fault that the test set.</summary>
    Faulted,

    /// <summary>Its client went away, or the sandbox stopped, while it was held or delayed; nothing was done.</summary>
    Abandoned,
}
