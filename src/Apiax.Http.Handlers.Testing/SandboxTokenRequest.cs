using System.Diagnostics;

namespace Apiax.Http.Handlers.Testing;

/// <summary>A request that reached the token endpoint, and what became of it.</summary>
public sealed class SandboxTokenRequest
{
    internal SandboxTokenRequest(
        DateTimeOffset receivedOn, IReadOnlyDictionary<string, string> form, IReadOnlyDictionary<string, string> headers)
    {
        ReceivedOn = receivedOn;
        Form = form;
        Headers = headers;
    }

    /// <summary>When it arrived, by the sandbox's clock.</summary>
    public DateTimeOffset ReceivedOn { get; }

    /// <summary>The form, password and refresh token included. Of a parameter that came twice, the values with a comma between them.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyDictionary<string, string> Form { get; }

    /// <summary>The headers, by name in any case.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary><c>password</c> or <c>refresh_token</c>, as it came.</summary>
    public string? GrantType => Form.GetValueOrDefault("grant_type");

    /// <summary>The user name of a password login.</summary>
    public string? Username => Form.GetValueOrDefault("username");

    /// <summary>Whether there was a header <c>Authorization</c>; a public client sends none.</summary>
    public bool HasAuthorization => Headers.ContainsKey("Authorization");

    /// <summary>Whether there was a <c>client_assertion_type</c>, as Apiax's page wants it in a refresh.</summary>
    public bool HasClientAssertionType => Form.ContainsKey("client_assertion_type");

    /// <summary>What became of it.</summary>
    public SandboxTokenOutcome Outcome { get; private set; }

    /// <summary>The OAuth error of the answer, <c>invalid_grant</c> for instance; nothing unless it was refused.</summary>
    public string? Error { get; private set; }

    /// <summary>Tells the grant, the user and what became of it; no secret.</summary>
    public override string ToString() =>
        $"{GrantType ?? "no grant type"}{(Username is null ? "" : $" of {Username}")}: {Outcome}{(Error is null ? "" : $" ({Error})")}";

    internal void Settle(SandboxTokenOutcome outcome, string? error = null)
    {
        Error = error;
        Outcome = outcome;
    }
}
